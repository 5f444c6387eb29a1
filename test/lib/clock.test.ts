import { expect, test } from 'bun:test';
import { systemClock } from '../../src/lib/clock.ts';

test('the machine’s clock runs timers, and none that was cancelled', async () => {
  const ran: string[] = [];
  await new Promise<void>((resolve) => {
    const cancelled = systemClock.after(1, () => ran.push('cancelled'));
    cancelled();
    cancelled();
    systemClock.after(1, () => ran.push('once'));
    let count = 0;
    const stop = systemClock.every(1, () => {
      ran.push('every');
      count += 1;
      if (count < 2) return;
      stop();
      // Long enough for a third one to show.
      systemClock.after(10, resolve);
    });
  });
  expect(ran.filter((name) => name === 'once')).toHaveLength(1);
  expect(ran.filter((name) => name === 'every')).toHaveLength(2);
  expect(ran).not.toContain('cancelled');
});

test('it tells the time of the machine', () => {
  const before = Date.now();
  const now = systemClock.now();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Date.now());
});

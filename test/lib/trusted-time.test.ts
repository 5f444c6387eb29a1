import { expect, test } from 'bun:test';
import { TrustedTime } from '../../src/lib/trusted-time.ts';
import { FakeClock } from '../support/clock.ts';

const hour_ms = 3_600_000;
const day_ms = 24 * hour_ms;

/** A clock, and how far the trusted time is behind it. */
function trusting(clock = new FakeClock(), begin_ms = clock.now()) {
  const trusted = new TrustedTime(clock, begin_ms);
  return { clock, behind: () => clock.now() - trusted.now() };
}

test('a clock that is right is followed', async () => {
  const { clock, behind } = trusting();
  for (let n = 0; n < 5; n += 1) {
    await clock.leap(20 * day_ms);
    expect(behind()).toBe(0);
  }
});

test('small corrections count at once, however many there are', () => {
  const { clock, behind } = trusting();
  for (let n = 0; n < 10; n += 1) {
    clock.step(30_000);
    expect(behind()).toBe(0);
  }
});

for (const step_ms of [10 * 60_000, 5 * hour_ms, 40 * day_ms, 3_650 * day_ms]) {
  test(`a leap of ${step_ms / hour_ms} hours counts after a day, and a step back at once`, async () => {
    const { clock, behind } = trusting();
    clock.step(step_ms);
    expect(behind()).toBe(step_ms);
    await clock.leap(day_ms - 1);
    expect(behind()).toBe(step_ms);
    await clock.leap(1);
    expect(behind()).toBe(0);
    clock.step(-step_ms);
    expect(behind()).toBe(0);
  });
}

test('each leap of a clock that leaps on is doubted for a day, and one that came back is not', async () => {
  const { clock, behind } = trusting();
  clock.step(40 * day_ms);
  expect(behind()).toBe(40 * day_ms);
  await clock.leap(23 * hour_ms);
  clock.step(40 * day_ms);
  expect(behind()).toBe(80 * day_ms);
  await clock.leap(2 * hour_ms);
  expect(behind()).toBe(40 * day_ms);
  clock.step(-80 * day_ms);
  expect(behind()).toBe(0);
  await clock.leap(2 * day_ms);
  expect(behind()).toBe(0);
});

test('at the start it may lie behind, for a day', async () => {
  const clock = new FakeClock();
  const { behind } = trusting(clock, clock.now() - 30 * day_ms);
  expect(behind()).toBe(30 * day_ms);
  await clock.leap(day_ms);
  expect(behind()).toBe(0);
});

test('a machine that sleeps every night is never further behind than its last two nights', async () => {
  const { clock, behind } = trusting();
  for (let night = 0; night < 60; night += 1) {
    for (let hour = 0; hour < 16; hour += 1) {
      await clock.leap(hour_ms);
      expect(behind()).toBeLessThanOrEqual(16 * hour_ms);
    }
    clock.step(8 * hour_ms);
  }
});

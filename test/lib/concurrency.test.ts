// How much expensive work runs at once.
import { expect, test } from 'bun:test';
import { createPacer } from '../../src/lib/concurrency.ts';

test('a pacer lets one caller go on in each turn of the event loop', async () => {
  const next = createPacer();
  const seen: string[] = [];
  const work = Array.from({ length: 4 }, async (_, n) => {
    await next();
    seen.push(`work ${n}`);
  });
  const other = (async () => {
    for (let turn = 0; turn < 4; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push('other');
    }
  })();
  await Promise.all([...work, other]);
  // Never two pieces of work without a turn of somebody else between them.
  expect(seen.join()).not.toMatch(/work \d,work/);
  expect(seen.filter((one) => one !== 'other')).toEqual(['work 0', 'work 1', 'work 2', 'work 3']);
});

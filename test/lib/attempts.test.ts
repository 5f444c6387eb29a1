import { expect, test } from 'bun:test';
import { createAttempts } from '../../src/lib/attempts.ts';

test('so many attempts in a window that begins with the first, then the time to wait', () => {
  const attempts = createAttempts(2, 10_000);
  expect(attempts.take('a', 0)).toBeNull();
  expect(attempts.take('a', 4_000)).toBeNull();
  expect(attempts.take('a', 4_000)).toBe(6);
  expect(attempts.take('a', 9_001)).toBe(1);
  expect(attempts.take('a', 9_999)).toBe(1);
  expect(attempts.take('a', 10_000)).toBeNull();
  expect(attempts.take('b', 4_000)).toBeNull();
});

test('looking tells what is left, and counts nothing', () => {
  const attempts = createAttempts(2, 10_000);
  for (const left of [2, 2]) expect(attempts.look('a', 0)).toEqual({ left, wait_s: 0 });
  attempts.take('a', 0);
  expect(attempts.look('a', 3_000)).toEqual({ left: 1, wait_s: 7 });
  attempts.take('a', 3_000);
  attempts.take('a', 3_000);
  expect(attempts.look('a', 3_000)).toEqual({ left: 0, wait_s: 7 });
  expect(attempts.look('a', 10_000)).toEqual({ left: 2, wait_s: 0 });
});

test('what was cleared counts no more', () => {
  const attempts = createAttempts(1, 10_000);
  attempts.take('a', 0);
  attempts.clear('a');
  attempts.clear('unknown');
  expect(attempts.take('a', 1)).toBeNull();
  expect(attempts.take('a', 1)).toBe(10);
});

test('the store is bounded', () => {
  const attempts = createAttempts(1, 10_000, 2);
  for (const key of ['a', 'b', 'c']) attempts.take(key, 0);
  expect(attempts.take('a', 0)).toBeNull();
  expect(attempts.take('c', 0)).not.toBeNull();
});

test('an attempt that is given back does not count, and its window ends with the last one', () => {
  const attempts = createAttempts(2, 1000);
  attempts.giveBack('a');
  expect([attempts.take('a', 0), attempts.take('a', 0), attempts.take('a', 0)]).toEqual([
    null,
    null,
    1,
  ]);
  attempts.giveBack('a');
  expect(attempts.look('a', 500).left).toBe(1);
  attempts.giveBack('a');
  expect(attempts.look('a', 500)).toEqual({ left: 2, wait_s: 0 });
  expect(attempts.take('a', 900)).toBeNull();
  expect(attempts.look('a', 1500).left).toBe(1);
});

import { expect, test } from 'bun:test';
import { createFailures, TooManyFailures } from '../../src/lib/failures.ts';

/** At most two failures of a key in ten seconds; the test says how and when each attempt ends. */
function scene({ limit = 2, max_waiting = 10 } = {}) {
  const clock = { now_ms: 0 };
  const attempt = createFailures({
    limit,
    window_ms: 10_000,
    max_waiting,
    now: () => clock.now_ms,
  });
  const running: ((result: string | null | Error) => void)[] = [];
  const begin = async (key = 'a'): Promise<string | null | number> => {
    try {
      return await attempt(key, async () => {
        const outcome = await new Promise<string | null | Error>((end) => running.push(end));
        if (outcome instanceof Error) throw outcome;
        return outcome;
      });
    } catch (error) {
      if (error instanceof TooManyFailures) return error.retryAfter_s;
      throw error;
    }
  };
  /** Ends the attempt that has run the longest. */
  const end = async (result: string | null | Error) => {
    await runs();
    running.shift()?.(result);
  };
  /** How many run, once all that was begun and ended has had its effect. */
  const runs = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return running.length;
  };
  return { clock, attempt, runs, begin, end };
}

test('so many failures in a window that begins with the first, then the time to wait', async () => {
  const { clock, attempt } = scene();
  const failing = () => attempt('a', async () => null);
  expect(await failing()).toBeNull();
  clock.now_ms = 4_000;
  expect(await failing()).toBeNull();
  expect(await failing().catch((error) => error)).toMatchObject({ retryAfter_s: 6 });
  clock.now_ms = 10_000;
  expect(await failing()).toBeNull();
});

test('no more attempts run at once than may still fail; the others are judged by what these bring', async () => {
  const { runs, begin, end } = scene();
  const answers = [begin(), begin(), begin(), begin()];
  expect(await runs()).toBe(2);
  await end(null);
  // One may still fail, and it runs.
  expect(await runs()).toBe(1);
  await end(null);
  expect(await runs()).toBe(0);
  expect(await Promise.all(answers)).toEqual([null, null, 10, 10]);
});

test('a success lets those in who wait, as many as may fail then', async () => {
  const { runs, begin, end } = scene();
  const answers = [begin(), begin(), begin(), begin(), begin()];
  await end(null);
  expect(await runs()).toBe(1);
  await end('in');
  expect(await runs()).toBe(2);
  await end(null);
  await end('in');
  expect(await runs()).toBe(1);
  await end('in');
  expect(await Promise.all(answers)).toEqual([null, 'in', null, 'in', 'in']);
});

test('an attempt that breaks off counts neither way, and its place is free', async () => {
  const { runs, begin, end } = scene({ limit: 1 });
  const broken = begin().catch((error) => error.message);
  const next = begin();
  const last = begin();
  await end(new Error('too much work'));
  expect(await broken).toBe('too much work');
  expect(await runs()).toBe(1);
  await end(null);
  expect(await Promise.all([next, last])).toEqual([null, 10]);
});

test('keys do not wait for each other', async () => {
  const { runs, begin, end } = scene({ limit: 1 });
  const answers = [begin('a'), begin('b'), begin('a')];
  expect(await runs()).toBe(2);
  await end('in');
  await end('in');
  await end('in');
  expect(await Promise.all(answers)).toEqual(['in', 'in', 'in']);
});

test('only so many wait; the rest may try again at once', async () => {
  const { runs, begin, end } = scene({ limit: 1, max_waiting: 1 });
  const answers = [begin(), begin(), begin()];
  expect(await answers[2]).toBe(1);
  await end('in');
  // Whoever waited runs, and there is room to wait again.
  expect(await runs()).toBe(1);
  answers.push(begin());
  expect(await runs()).toBe(1);
  await end('in');
  await end('in');
  expect(await Promise.all(answers)).toEqual(['in', 'in', 1, 'in']);
});

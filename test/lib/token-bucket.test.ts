import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createBuckets } from '../../src/lib/token-bucket.ts';

test('a bucket starts full, gives one token a call, and refills without a step', () => {
  const buckets = createBuckets({ capacity: 3, refillPerSecond: 0.5 });
  const take = (at_ms: number) => buckets.take('a', at_ms);
  expect(take(0)).toEqual({ allowed: true, remaining: 2, retryAfter_s: 0, fullAfter_s: 2 });
  expect(take(0)).toEqual({ allowed: true, remaining: 1, retryAfter_s: 0, fullAfter_s: 4 });
  expect(take(0)).toEqual({ allowed: true, remaining: 0, retryAfter_s: 0, fullAfter_s: 6 });
  expect(take(0)).toEqual({ allowed: false, remaining: 0, retryAfter_s: 2, fullAfter_s: 6 });
  expect(take(1_500)).toEqual({ allowed: false, remaining: 0, retryAfter_s: 1, fullAfter_s: 5 });
  expect(take(2_000).allowed).toBe(true);
  expect(take(1_000_000)).toEqual({ allowed: true, remaining: 2, retryAfter_s: 0, fullAfter_s: 2 });
});

test('those who are refused are spread over the time in which tokens come back', () => {
  const rule = { capacity: 1, refillPerSecond: 2, maxSpread_s: 3 };
  const buckets = createBuckets(rule);
  const take = (at_ms: number) => buckets.take('a', at_ms);
  expect(take(0).allowed).toBe(true);
  const waits = Array.from({ length: 8 }, () => take(0).retryAfter_s);
  expect(waits).toEqual([1, 1, 2, 2, 3, 3, 3, 3]);
  expect(take(500).allowed).toBe(true);
  expect(take(500).retryAfter_s).toBe(1);
});

test('each key has a bucket of its own, and the longest unused are forgotten', () => {
  const buckets = createBuckets({ capacity: 1, refillPerSecond: 1 }, 4);
  expect(buckets.take('a', 0).allowed).toBe(true);
  expect(buckets.take('a', 0).allowed).toBe(false);
  expect(buckets.take('b', 0).allowed).toBe(true);
  for (const key of ['c', 'd', 'e', 'f']) buckets.take(key, 0);
  expect(buckets.take('a', 0).allowed).toBe(true);
  expect(buckets.take('f', 0).allowed).toBe(false);
});

test('a clock that steps back gives and takes nothing', () => {
  const buckets = createBuckets({ capacity: 2, refillPerSecond: 1 });
  buckets.take('a', 10_000);
  buckets.take('a', 10_000);
  expect(buckets.take('a', 5_000).allowed).toBe(false);
  expect(buckets.take('a', 5_999).allowed).toBe(false);
  expect(buckets.take('a', 6_000).allowed).toBe(true);
});

test('who waits as long as was said is let in, and not more often than the rule allows', () => {
  const rule = fc.record({
    perMinute: fc.integer({ min: 1, max: 1_000 }),
    capacity: fc.integer({ min: 1, max: 100 }),
    waits_ms: fc.array(fc.integer({ min: 0, max: 90_000 }), { maxLength: 60 }),
  });
  fc.assert(
    fc.property(rule, ({ perMinute, capacity, waits_ms }) => {
      const buckets = createBuckets({ capacity, refillPerSecond: perMinute / 60 });
      let now_ms = 0;
      let given = 0;
      const take = () => {
        const taken = buckets.take('a', now_ms);
        if (taken.allowed) given += 1;
        return taken;
      };
      for (const wait_ms of waits_ms) {
        now_ms += wait_ms;
        const { allowed, retryAfter_s, remaining } = take();
        expect(remaining).toBeGreaterThanOrEqual(0);
        if (allowed) continue;
        now_ms += retryAfter_s * 1_000;
        expect(take().allowed).toBe(true);
      }
      expect(given).toBeLessThanOrEqual(capacity + (now_ms / 60_000) * perMinute + 1e-6);
    }),
    { numRuns: 200 },
  );
});

test('a bucket is full again when it was said to be', () => {
  const rule = fc.record({
    perMinute: fc.integer({ min: 1, max: 1_000 }),
    capacity: fc.integer({ min: 1, max: 100 }),
    calls: fc.integer({ min: 1, max: 150 }),
  });
  fc.assert(
    fc.property(rule, ({ perMinute, capacity, calls }) => {
      const buckets = createBuckets({ capacity, refillPerSecond: perMinute / 60 });
      let full_s = 0;
      for (let call = 0; call < calls; call += 1) full_s = buckets.take('a', 0).fullAfter_s;
      expect(buckets.take('a', full_s * 1_000).remaining).toBe(capacity - 1);
    }),
    { numRuns: 200 },
  );
});

import { expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  compareSnowflakes,
  createSnowflakes,
  epoch_ms,
  firstSnowflakeAt,
  isSnowflake,
  snowflakeTime,
} from '../../src/lib/snowflake.ts';

const start_ms = Date.parse('2026-06-01T12:00:00Z');

test('an id holds its millisecond and a number within it', () => {
  const ids = createSnowflakes(() => start_ms, '0');
  const base = BigInt(start_ms - epoch_ms) << 22n;
  expect([ids.next(), ids.next(), ids.next()]).toEqual([base, base + 1n, base + 2n].map(String));
  expect(snowflakeTime(ids.next())).toBe(start_ms);
});

test('ids only rise: within a full millisecond, after a restart, and when the clock steps back', () => {
  let now_ms = start_ms;
  const ids = createSnowflakes(() => now_ms, '0');
  let last = '0';
  const rises = () => {
    const id = ids.next();
    expect(compareSnowflakes(id, last)).toBeGreaterThan(0);
    last = id;
  };
  for (let count = 0; count < 10_000; count += 1) rises();
  now_ms -= 3_600_000;
  for (let count = 0; count < 100; count += 1) rises();
  now_ms += 7_200_000;
  rises();
  expect(snowflakeTime(last)).toBe(now_ms);
  const again = createSnowflakes(() => start_ms, last);
  expect(compareSnowflakes(again.next(), last)).toBeGreaterThan(0);
});

test('whatever the clock does, no id comes twice and none comes before another', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5_000, max: 5_000 }), { maxLength: 200 }), (steps) => {
      let now_ms = start_ms;
      const ids = createSnowflakes(() => now_ms, '0');
      let last = -1n;
      for (const step of steps) {
        now_ms += step;
        const id = BigInt(ids.next());
        expect(id > last).toBe(true);
        last = id;
      }
    }),
  );
});

test('the first id of a millisecond bounds it', () => {
  const id = createSnowflakes(() => start_ms, '0').next();
  expect(firstSnowflakeAt(start_ms)).toBe(id);
  expect(compareSnowflakes(firstSnowflakeAt(start_ms - 1), id)).toBeLessThan(0);
  expect(compareSnowflakes(firstSnowflakeAt(start_ms + 1), id)).toBeGreaterThan(0);
  expect(firstSnowflakeAt(0)).toBe('0');
});

test('ids are ordered as numbers when they grow a digit', () => {
  const later = firstSnowflakeAt(Date.parse('2032-01-01T00:00:00Z'));
  const sooner = firstSnowflakeAt(Date.parse('2031-01-01T00:00:00Z'));
  expect([later.length, sooner.length]).toEqual([19, 18]);
  expect(compareSnowflakes(later, sooner)).toBeGreaterThan(0);
  expect(compareSnowflakes('9', '9')).toBe(0);
});

test('an id is a decimal number of 63 bits', () => {
  for (const text of ['0', '1', '9223372036854775807']) expect(isSnowflake(text)).toBe(true);
  for (const text of ['', '-1', '1.0', '1e3', ' 1', 'abc', '9223372036854775808', '1'.repeat(20)]) {
    expect(isSnowflake(text)).toBe(false);
  }
});

test('a clock beyond what ids can tell breaks none, neither then nor afterwards', () => {
  for (const year of ['2093-12-01', '2165-01-01', '9999-01-01']) {
    let now_ms = start_ms;
    const ids = createSnowflakes(() => now_ms, '0');
    const given = [ids.next()];
    now_ms = Date.parse(year);
    given.push(ids.next(), ids.next());
    now_ms = start_ms + 3_600_000;
    given.push(ids.next());
    expect(given.every(isSnowflake)).toBe(true);
    expect(given).toEqual(given.toSorted(compareSnowflakes));
    expect(snowflakeTime(given.at(-1) ?? '0')).toBe(now_ms);
  }
});

import { expect, test } from 'bun:test';
import { LeastRecentMap } from '../../src/lib/least-recent.ts';

test('what was used the longest ago goes first', () => {
  const map = new LeastRecentMap<string, number>(3);
  for (const [key, value] of Object.entries({ a: 1, b: 2, c: 3 })) map.set(key, value);
  expect(map.get('a')).toBe(1);
  map.set('d', 4);
  expect([...map.keys()].toSorted()).toEqual(['a', 'c', 'd']);
  map.set('c', 5);
  map.set('e', 6);
  expect([...map.keys()].toSorted()).toEqual(['c', 'd', 'e']);
  expect(map.get('c')).toBe(5);
  expect(map.size).toBe(3);
});

test('it never holds more than its limit, and forgets on request', () => {
  const map = new LeastRecentMap<number, number>(100);
  for (let n = 0; n < 1_000; n += 1) {
    map.set(n, n);
    map.get(n % 50);
    expect(map.size).toBeLessThanOrEqual(100);
  }
  map.delete(999);
  expect(map.get(999)).toBeUndefined();
  map.clear();
  expect(map.size).toBe(0);
});

test('what is large leaves room for less', () => {
  const map = new LeastRecentMap<string, string>(100, { max: 10, of: ({ length }) => length });
  for (const key of ['a', 'b', 'c']) map.set(key, 'xxx');
  map.set('b', 'xxxx');
  expect(map.size).toBe(3);
  expect(map.get('a')).toBe('xxx');
  map.set('d', 'xxxx');
  expect([...map.keys()].toSorted()).toEqual(['a', 'd']);
  map.set('e', 'x'.repeat(11));
  expect(map.size).toBe(0);
  map.set('f', 'x'.repeat(10));
  map.clear();
  map.set('g', 'x'.repeat(10));
  expect([...map.keys()]).toEqual(['g']);
});

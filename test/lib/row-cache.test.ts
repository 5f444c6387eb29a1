import { expect, test } from 'bun:test';
import { cacheName, RowCache } from '../../src/lib/row-cache.ts';

const name = cacheName<string>(10);

/** A cache over one row that can be changed, and how often it was read. */
function setUp() {
  const cache = new RowCache();
  const row = { value: 'old', reads: 0 };
  const read = () =>
    cache.table(name).get('key', () => {
      row.reads += 1;
      return row.value;
    });
  return { cache, row, read };
}

test('a value is loaded once', () => {
  const { row, read } = setUp();
  expect([read(), read(), row.reads]).toEqual(['old', 'old', 1]);
});

test('a turn that changes a row reads past the cache; others see the old value until it is kept', () => {
  const { cache, row, read } = setUp();
  read();
  cache.begin();
  cache.table(name).change('key');
  row.value = 'new';
  expect(cache.changed).toBe(true);
  expect(read()).toBe('new');
  expect(cache.table(name).peek('key')).toBe('old');
  cache.settle(true);
  expect(cache.table(name).peek('key')).toBeUndefined();
  expect(read()).toBe('new');
});

test('a turn that is undone leaves what was known, and nothing of what it loaded', () => {
  const { cache, row, read } = setUp();
  read();
  cache.begin();
  cache.table(name).change('key');
  row.value = 'undone';
  expect(read()).toBe('undone');
  row.value = 'old';
  cache.settle(false);
  expect(read()).toBe('old');
  const { cache: empty, row: fresh, read: load } = setUp();
  empty.begin();
  fresh.value = 'undone';
  expect(load()).toBe('undone');
  fresh.value = 'old';
  empty.settle(false);
  expect(load()).toBe('old');
});

test('outside of a turn a change forgets at once', () => {
  const { cache, row, read } = setUp();
  read();
  row.value = 'new';
  cache.table(name).change('key');
  expect(cache.changed).toBe(false);
  expect(read()).toBe('new');
  cache.clear();
  row.value = 'newer';
  expect(read()).toBe('newer');
});

test('missing values are known, too', () => {
  const cache = new RowCache();
  const nullable = cacheName<string | null>(10);
  let reads = 0;
  const read = () =>
    cache.table(nullable).get('key', () => {
      reads += 1;
      return null;
    });
  expect([read(), read(), reads]).toEqual([null, null, 1]);
});

import { expect, test } from 'bun:test';
import { nestsDeeper } from '../../src/lib/nesting.ts';

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

test('arrays and objects nest as deep as they are open at once', () => {
  expect([nestsDeeper(nested(5), 5), nestsDeeper(nested(6), 5)]).toEqual([false, true]);
  expect(nestsDeeper('{"a":{"b":[{"c":1}]}}', 4)).toBe(false);
  expect(nestsDeeper('{"a":{"b":[{"c":1}]}}', 3)).toBe(true);
  // Side by side they do not nest.
  expect(nestsDeeper(`[${'{},'.repeat(1_000)}[]]`, 2)).toBe(false);
});

test('brackets in strings do not count, whatever is escaped before their end', () => {
  expect(nestsDeeper(JSON.stringify(['[[[['.repeat(9), '\\', '"[[[[', '\\"[[[[']), 1)).toBe(false);
  expect(nestsDeeper(String.raw`["\\",[[1]]]`, 2)).toBe(true);
  expect(nestsDeeper(String.raw`["\"",[[1]]]`, 2)).toBe(true);
});

test('what is not JSON is looked at once, and no more', () => {
  for (const text of ['', '"', '"\\', ']]]]', '["', '{']) expect(nestsDeeper(text, 1)).toBe(false);
});

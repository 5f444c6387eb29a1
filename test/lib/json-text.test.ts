// What a JSON text holds, counted before it is parsed.
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { countJson } from '../../src/lib/json-text.ts';

const wide = { depth: 1e6, values: 1e6, characters: 1e6, escapes: 1e6 };

/** What it holds, counted in the value. */
function held(value: unknown): { values: number; keys: number; depth: number } {
  if (typeof value !== 'object' || value === null) return { values: 1, keys: 0, depth: 0 };
  const parts = Object.values(value).map(held);
  const keys = Array.isArray(value) ? 0 : parts.length;
  return {
    values: parts.reduce((sum, part) => sum + part.values, 1),
    keys: parts.reduce((sum, part) => sum + part.keys, keys),
    depth: 1 + Math.max(0, ...parts.map((part) => part.depth)),
  };
}

test('values, keys and depth are those of the parsed value, whatever blanks stand between', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t', ' \r\n'), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const { values, keys, depth } = held(value);
      expect(countJson(text, wide)).toEqual({ colons: keys, excess: null });
      // Each limit holds to the one.
      expect(countJson(text, { ...wide, values })).toEqual({ colons: keys, excess: null });
      expect(countJson(text, { ...wide, values: values - 1 })).toEqual({ excess: 'values' });
      expect(countJson(text, { ...wide, depth })).toEqual({ colons: keys, excess: null });
      if (depth > 0)
        expect(countJson(text, { ...wide, depth: depth - 1 })).toEqual({ excess: 'depth' });
    }),
  );
});

test('a text that is no JSON is counted as well, and ends', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('"', '\\', '[', '}', ',', ':', 'a') }),
      (text) => {
        countJson(text, wide);
      },
    ),
  );
});

/** A text that notes how many of its characters are looked at one by one. */
function watched(text: string): { text: string; looks(): number } {
  let looks = 0;
  const target = new String(text);
  const proxy = new Proxy(target, {
    get(_target, key) {
      if (key === 'length') return text.length;
      if (key === 'charCodeAt') {
        return (at: number) => {
          looks += 1;
          return text.charCodeAt(at);
        };
      }
      return (text as never as Record<PropertyKey, () => unknown>)[key]?.bind(text);
    },
  });
  return { text: proxy as unknown as string, looks: () => looks };
}

test('megabytes of anything are looked at no longer than the limit says', () => {
  const limits = { depth: 100, values: 1000, characters: 5000, escapes: 5000 };
  const million = 1_000_000;
  for (const [text, excess] of [
    ['['.repeat(million), 'depth'],
    ['1,'.repeat(million), 'values'],
    [' '.repeat(million), 'characters'],
    ['1'.repeat(million), 'characters'],
    ['""'.repeat(million), 'characters'],
    [`"${'\\"'.repeat(million)}"`, 'escapes'],
    [`"${'\\'.repeat(million)}"`, 'escapes'],
    [`"${'x'.repeat(million)}"`, null],
  ] as const) {
    const { text: seen, looks } = watched(text);
    expect(countJson(seen, limits).excess).toBe(excess);
    expect(looks()).toBeLessThan(3 * limits.characters);
  }
});

import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { countJson } from '../../src/lib/json-text.ts';
import { hasRepeatedKey } from '../../src/lib/repeated-keys.ts';

const limits = { depth: 1e6, values: 1e6, characters: 1e6, escapes: 1e6 };

function repeats(text: string): boolean {
  const count = countJson(text, limits);
  if (count.excess !== null) throw new Error(`more ${count.excess} than expected`);
  return hasRepeatedKey(count.colons, JSON.parse(text));
}

test('a key that is named twice is found, wherever the object stands', () => {
  for (const text of [
    '{"a":1,"a":2}',
    '{"a":1,"b":{"c":1,"c":1}}',
    '[{"a":1},{"b":2,"b":2}]',
    '{"a\\"":1,"a\\"":2}',
    '{"a":":","a":":"}',
    '{"\\u0061":1,"a":2}',
    '{"__proto__":1,"__proto__":2}',
    '{"a\\\\":1,"a\\\\":2}',
  ]) {
    expect({ text, repeats: repeats(text) }).toEqual({ text, repeats: true });
  }
});

test('the same key in different objects, and what looks like one in a string, are no repetition', () => {
  for (const text of [
    '{}',
    '[]',
    '"a:b"',
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":2}]',
    '{"a":"\\"a\\":1, \\\\","b":"{\\"c\\":1}"}',
    '{"":1," ":2}',
    '{"__proto__":1}',
    `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  ]) {
    expect({ text: text.slice(0, 40), repeats: repeats(text) }).toMatchObject({ repeats: false });
  }
});

test('no JSON of ours repeats a key, and one with a doubled pair does', () => {
  fc.assert(
    fc.property(fc.json(), fc.string(), fc.jsonValue(), (text, key, value) => {
      expect(repeats(text)).toBe(false);
      const pair = `${JSON.stringify(key)}:${JSON.stringify(value)}`;
      expect(repeats(`[${text},{${pair},${pair}}]`)).toBe(true);
    }),
  );
});

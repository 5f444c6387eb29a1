import { expect, test } from 'bun:test';
import { orNull, plain } from '../../src/lib/plain-schema.ts';

const input = { direction: 'input' } as const;
const output = { direction: 'output' } as const;

test('a tuple becomes a list of its length, in both dialects', () => {
  const number = { type: 'number' };
  const pair = { type: 'array', items: number, minItems: 2, maxItems: 2 };
  expect(plain({ type: 'array', prefixItems: [number, number], items: false }, output)).toEqual(
    pair,
  );
  expect(plain({ type: 'array', items: [number, number], additionalItems: false }, output)).toEqual(
    pair,
  );
  const mixed = plain({ type: 'array', prefixItems: [number, { type: 'string' }] }, output);
  expect(mixed['items']).toEqual({ anyOf: [number, { type: 'string' }] });
});

test('null alone becomes text or null, also deep inside, and stays beside other schemas', () => {
  const said = { type: ['string', 'null'], description: 'always null', examples: [null] };
  expect(plain({ type: 'null' }, output)).toEqual(said);
  expect(plain({ type: 'array', items: { type: 'null' } }, output)).toEqual({
    type: 'array',
    items: said,
  });
  const union = { anyOf: [{ $ref: '#/x' }, { type: 'null' }] };
  expect(plain(union, output)).toEqual(union);
});

test('a scalar or null is one type with null, with all that was said of it', () => {
  const bounded = { type: 'string', maxLength: 4 };
  expect(plain({ anyOf: [bounded, { type: 'null' }], description: 'a' }, input)).toEqual({
    type: ['string', 'null'],
    maxLength: 4,
    description: 'a',
  });
  // The values of an enum would have to hold null as well.
  const listed = { anyOf: [{ type: 'string', enum: ['a'] }, { type: 'null' }] };
  expect(plain(listed, input)).toEqual(listed);
});

test('null is added once, and the description stays outside', () => {
  const bool = orNull({ type: 'boolean', description: 'a' });
  expect(bool).toEqual({ type: ['boolean', 'null'], description: 'a' });
  expect(orNull(bool)).toEqual(bool);
  const list = orNull({ type: 'array', items: {}, description: 'a' });
  expect(list).toEqual({
    anyOf: [{ type: 'array', items: {} }, { type: 'null' }],
    description: 'a',
  });
  expect(orNull(list)).toEqual(list);
});

test('the default of a property stands in its description, that of a parameter stays', () => {
  const schema = {
    type: 'object',
    properties: { a: { type: 'boolean', default: false }, b: { description: 'b', default: [] } },
  };
  expect(plain(schema, input)['properties']).toEqual({
    a: { type: 'boolean', description: 'by default false' },
    b: { description: 'b; by default []' },
  });
  expect(plain(schema, { ...input, keepsDefaults: true })).toEqual(schema);
});

test('a property may be called like a keyword', () => {
  const schema = {
    type: 'object',
    properties: { default: { type: 'string' }, const: { type: 'boolean' }, anyOf: {} },
  };
  expect(plain(schema, input)).toEqual(schema);
});

test('a whole number beyond 32 bits says so; without bounds only where a client sends it', () => {
  const formatOf = (json: object, from: typeof input | typeof output) =>
    plain({ type: 'integer', ...json }, from)['format'];
  expect(formatOf({}, input)).toBe('int64');
  expect(formatOf({}, output)).toBeUndefined();
  expect(formatOf({ minimum: 0, maximum: 2 ** 31 - 1 }, input)).toBeUndefined();
  expect(formatOf({ minimum: 0, maximum: 2 ** 31 }, output)).toBe('int64');
  expect(formatOf({ minimum: 0 }, input)).toBe('int64');
  expect(formatOf({ format: 'int32' }, input)).toBe('int32');
});

test('a constant that is no text stands in the description and is its example', () => {
  expect(plain({ type: 'boolean', const: true }, output)).toEqual({
    type: 'boolean',
    description: 'always true',
    examples: [true],
  });
  expect(plain({ const: 1 }, output)).toEqual({
    type: 'integer',
    description: 'always 1',
    examples: [1],
  });
  expect(plain({ const: 'v1' }, output)).toEqual({ type: 'string', const: 'v1' });
});

test('one pattern that is stated for all wins over those of single checks', () => {
  const checks = [{ pattern: '^a' }, { pattern: 'b$' }];
  expect(plain({ type: 'string', allOf: checks, pattern: '^a.*b$' }, input)).toEqual({
    type: 'string',
    pattern: '^a.*b$',
  });
  const untold = { type: 'string', allOf: checks };
  expect(plain(untold, input)).toEqual(untold);
});

import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { z } from 'zod';
import { pickOf } from '../../src/lib/pick.ts';

const Person = z.object({
  id: z.string(),
  name: z.string().nullable(),
  note: z.string().optional(),
});

test('only what the schema names gets through, at every depth', () => {
  const pick = pickOf(
    z.object({
      person: Person,
      people: z.array(Person),
      byId: z.record(z.string(), Person),
      maybe: Person.nullable(),
      later: Person.optional(),
      deep: z.object({ deeper: z.array(z.object({ person: Person })) }).nullish(),
    }),
  );
  const person = { id: '1', name: null, password: 'secret' };
  const clean = { id: '1', name: null, note: undefined };
  const picked = pick({
    person,
    people: [person],
    byId: { a: person },
    maybe: null,
    later: undefined,
    deep: { deeper: [{ person, secret: 1 }], secret: 1 },
    secret: 1,
  });
  expect(picked).toEqual({
    person: clean,
    people: [clean],
    byId: { a: clean },
    maybe: null,
    later: undefined,
    deep: { deeper: [{ person: clean }] },
  });
  expect(JSON.stringify(picked)).not.toContain('secret');
});

test('an absent key stays absent on the wire', () => {
  expect(JSON.stringify(pickOf(Person)({ id: '1', name: 'x' }))).toBe('{"id":"1","name":"x"}');
});

test('of a union the first fitting object is taken: what is private needs its own keys', () => {
  const Private = Person.extend({ email: z.string() });
  const pick = pickOf(z.union([Private, Person]));
  expect(pick({ id: '1', name: 'x', email: 'e', secret: 1 })).toEqual({
    id: '1',
    name: 'x',
    note: undefined,
    email: 'e',
  });
  expect(pick({ id: '1', name: 'x', secret: 1 })).toEqual({ id: '1', name: 'x', note: undefined });
  // What fits nothing does not get out at all.
  expect(pick({ secret: 1 })).toBeNull();
});

test('a schema that names itself is followed', () => {
  interface Tree {
    name: string;
    children: Tree[];
  }
  const Tree: z.ZodType<Tree> = z.lazy(() =>
    z.object({ name: z.string(), children: z.array(Tree) }),
  );
  const leaf = { name: 'leaf', children: [], secret: 1 };
  expect(pickOf(Tree)({ name: 'root', children: [leaf] })).toEqual({
    name: 'root',
    children: [{ name: 'leaf', children: [] }],
  });
});

test('an intersection is refused: it would let through what only one side names', () => {
  const both = z.intersection(Person, z.object({ x: z.string() }));
  expect(() => pickOf(both)({})).toThrow();
});

test('plain values stay as they are', () => {
  for (const value of [null, 'text', 5, true, ['a']]) {
    expect(pickOf(z.any())(value)).toEqual(value);
  }
  expect(pickOf(z.array(z.string()))(['a', 'b'])).toEqual(['a', 'b']);
  expect(pickOf(z.null())(null)).toBeNull();
});

test('whatever comes in, nothing but the named keys goes out', () => {
  const pick = pickOf(z.object({ a: z.any(), b: z.object({ c: z.any() }).optional() }));
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.anything()), (value) => {
      const picked = pick(value);
      expect(Object.keys(picked as object).every((key) => ['a', 'b'].includes(key))).toBe(true);
    }),
  );
});

import { expect, test } from 'bun:test';
import { GroupedMap } from '../../src/lib/grouped-map.ts';

const make = () =>
  new GroupedMap<string>({ groups: 2, weight: 20, weightOfGroup: 10, of: ({ length }) => length });

test('a group goes as a whole, and no other with it', () => {
  const map = make();
  map.set('a', 'x', 'one');
  map.set('a', 'y', 'two');
  map.set('b', 'x', 'three');
  map.deleteGroup('a');
  expect([map.get('a', 'x'), map.get('a', 'y'), map.get('b', 'x')]).toEqual([
    undefined,
    undefined,
    'three',
  ]);
  map.clear();
  expect(map.get('b', 'x')).toBeUndefined();
});

test('a group that would weigh too much begins anew; what weighs too much alone is not kept', () => {
  const map = make();
  map.set('a', 'x', 'xxxxxx');
  map.set('a', 'x', 'yyyyyy');
  map.set('a', 'y', 'yyyy');
  expect([map.get('a', 'x'), map.get('a', 'y')]).toEqual(['yyyyyy', 'yyyy']);
  map.set('a', 'z', 'z');
  expect([map.get('a', 'x'), map.get('a', 'z')]).toEqual([undefined, 'z']);
  map.set('a', 'z', 'much too long');
  expect(map.get('a', 'z')).toBeUndefined();
});

test('there are no more groups than that, and together they weigh no more', () => {
  const map = make();
  for (const group of ['a', 'b', 'c']) map.set(group, 'x', '.');
  expect(['a', 'b', 'c'].map((group) => map.get(group, 'x'))).toEqual([undefined, '.', '.']);
  const heavy = new GroupedMap<string>({
    groups: 10,
    weight: 20,
    weightOfGroup: 10,
    of: ({ length }) => length,
  });
  for (const group of ['a', 'b', 'c']) heavy.set(group, 'x', '.'.repeat(9));
  expect(heavy.get('a', 'x')).toBeUndefined();
  expect(heavy.get('c', 'x')).toBeDefined();
});

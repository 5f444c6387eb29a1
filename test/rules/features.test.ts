// What the files of a feature declare is part of the feature: no list leaves a value out.
import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { feature } from '../../src/features/feature.ts';
import { features } from '../../src/features.ts';
import { root } from '../support/sources.ts';

const valuesOf = (one: typeof features) =>
  one.flatMap(({ endpoints, events, commands, consequences }) => [
    ...endpoints.map(({ method, path }) => `${method} ${path}`),
    ...events.map(({ type }) => type),
    ...commands.map(({ op, name }) => `${op} ${name}`),
    ...consequences,
  ]);

test('every value that a file of a feature exports belongs to the feature', async () => {
  const paths = [...new Bun.Glob('src/features/**/*.ts').scanSync(root)];
  const modules = await Promise.all(paths.map((path) => import(join(root, path))));
  const declared = new Set(valuesOf([feature({ name: '', modules })]));
  expect(declared.size).toBeGreaterThan(150);
  expect(declared.difference(new Set(valuesOf(features)))).toEqual(new Set());
});

test('every folder of features is one of them, under its own name', () => {
  const folders = [...new Bun.Glob('src/features/**/*/feature.ts').scanSync(root)];
  const names = folders.map((path) => path.split('/').at(-2));
  expect(new Set(names)).toEqual(new Set(features.map(({ name }) => name)));
  expect(names).toHaveLength(features.length);
});

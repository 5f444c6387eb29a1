// What the files of a feature declare is part of the feature: no list leaves a value out.
import { expect, test } from 'bun:test';
import { getTableName } from 'drizzle-orm';
import { join } from 'node:path';
import { feature } from '../../src/features/feature.ts';
import { features } from '../../src/features.ts';
import { pickOf } from '../../src/lib/pick.ts';
import { foreignWrites, owners } from '../support/own-tables.ts';
import { unlisted } from '../support/rooms.ts';
import { root } from '../support/sources.ts';
import { tables } from '../support/tables.ts';

const valuesOf = (one: typeof features) =>
  one.flatMap(({ endpoints, events, commands, consequences, ready }) => [
    ...endpoints.map(({ method, path }) => `${method} ${path}`),
    ...events.map(({ type }) => type),
    ...commands.map(({ op, name }) => `${op} ${name}`),
    ...consequences,
    ...ready,
  ]);

test('every value that a file of a feature exports belongs to the feature', async () => {
  const paths = [...new Bun.Glob('src/features/**/*.ts').scanSync(root)];
  const modules = await Promise.all(paths.map((path) => import(join(root, path))));
  const declared = new Set(valuesOf([feature({ name: '', modules })]));
  expect(declared.size).toBeGreaterThan(150);
  expect(declared.difference(new Set(valuesOf(features)))).toEqual(new Set());
});

test('every table has one owner', () => {
  const owned = owners.map(([table]) => table);
  expect(owned).toHaveLength(new Set(owned).size);
  expect(new Set(owned)).toEqual(
    new Set([
      ...tables.map((table) => getTableName(table)),
      'member_search',
      'message_search',
      'sqlite_sequence',
      'sqlite_stat1',
    ]),
  );
});

test('a statement that writes a table of another room is found, in whatever spelling', () => {
  const bad = [
    'INSERT INTO messages (n) VALUES (?)',
    'insert into "messages" ("n") values (?)',
    'UPDATE OR IGNORE messages SET content = ?',
    'WITH old AS (SELECT 1) DELETE FROM messages WHERE n = ?',
    'INSERT INTO nowhere VALUES (?)',
  ];
  const good = [
    'INSERT INTO emojis VALUES (?) ON CONFLICT DO UPDATE SET name = 1',
    'SELECT n FROM messages',
  ];
  for (const statement of bad) {
    expect(
      foreignWrites(new Map([[statement, 'src/features/spaces/emojis/queries.ts']])),
    ).toHaveLength(1);
  }
  for (const statement of good) {
    expect(foreignWrites(new Map([[statement, 'src/features/spaces/emojis/queries.ts']]))).toEqual(
      [],
    );
  }
});

test('a kind of clearing and a kind of audit entry belong to one feature each', () => {
  const clears = features.flatMap((one) => Object.keys(one.clears ?? {}));
  expect(clears).toHaveLength(new Set(clears).size);
  const audits = features.flatMap((one) => one.audits ?? []);
  expect(audits).toHaveLength(new Set(audits).size);
});

test('every folder of features is one of them', () => {
  expect(unlisted).toEqual([]);
});

test('a filter can be made of whatever goes out', () => {
  const out = features.flatMap(({ endpoints, events }) => [
    ...endpoints.map(({ returns }) => returns),
    ...events.map(({ data }) => data),
  ]);
  expect(out.length).toBeGreaterThan(200);
  for (const schema of out) expect(() => pickOf(schema)(null)).not.toThrow();
});

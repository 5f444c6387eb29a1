// What the planner believes is the same at each start, whatever is in the tables and whoever analysed them.
import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { openToRead } from '../../src/db/look.ts';
import { openDatabase } from '../../src/db/open.ts';
import { setStatistics, statistics } from '../../src/db/statistics.ts';
import { startAgain } from '../support/again.ts';
import { FakeClock } from '../support/clock.ts';
import { Folder } from '../support/folder.ts';
import { analyse, PlanDatabases } from '../support/plan-databases.ts';
import { planOf, unsteady } from '../support/plans.ts';
import { place } from '../support/place.ts';
import { startTest } from '../support/server.ts';
import { seen } from '../support/witness.ts';

const gathered = (sqlite: Database) =>
  sqlite.query('SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY tbl, idx').values();

/** Indexes by table, as the schema has them; `rows` where no index holds every row. */
function indexesOf(sqlite: Database): Record<string, string[]> {
  const tables = sqlite
    .query<{ name: string; wr: number }, []>(
      `SELECT name, wr FROM pragma_table_list
        WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'`,
    )
    .all();
  return Object.fromEntries(
    tables.map(({ name, wr }) => {
      const indexes = sqlite
        .query<{ name: string; partial: number; origin: string }, [string]>(
          'SELECT name, partial, origin FROM pragma_index_list(?)',
        )
        .all(name);
      const isWhole = indexes.some(({ partial }) => partial === 0);
      const names = indexes.map((index) => (wr === 1 && index.origin === 'pk' ? name : index.name));
      return [name, (isWhole ? names : ['rows', ...names]).toSorted()];
    }),
  );
}

test('every index of the schema has its numbers, and no other', () => {
  const { sqlite } = openDatabase(':memory:', 'full');
  const described = Object.entries(statistics).map(([table, indexes]) => [
    table,
    Object.keys(indexes).toSorted(),
  ]);
  expect(Object.fromEntries(described)).toEqual(indexesOf(sqlite));
});

test('the numbers are those of a table: fewer rows share more columns, and one row a whole key', () => {
  const { sqlite } = openDatabase(':memory:', 'full');
  for (const [table, indexes] of Object.entries(statistics)) {
    const unique = sqlite
      .query<{ name: string; origin: string }, [string]>(
        'SELECT name, origin FROM pragma_index_list(?) WHERE "unique" = 1',
      )
      .all(table)
      .map(({ name }) => name);
    for (const [name, numbers] of Object.entries(indexes)) {
      expect(numbers.toSorted((a, b) => b - a)).toEqual([...numbers]);
      if (name === 'rows') continue;
      const columns = sqlite
        .query('SELECT count(*) FROM pragma_index_info(?)')
        .values(name)[0]?.[0];
      // The key of a table WITHOUT ROWID is known by another name.
      if (name !== table) expect({ name, columns }).toEqual({ name, columns: numbers.length - 1 });
      if (name === table || unique.includes(name)) expect(numbers.at(-1)).toBe(1);
    }
  }
});

test('a first opening puts the numbers in, and the next one writes nothing', () => {
  using folder = new Folder();
  const path = join(folder.path, 'accord.db');
  openDatabase(path, 'full').sqlite.close();
  using other = new Database(path);
  const stored = gathered(other);
  expect(stored).toHaveLength(
    Object.values(statistics).flatMap((indexes) => Object.keys(indexes)).length,
  );
  const version = () => other.query('PRAGMA data_version').values();
  const before = version();
  openDatabase(path, 'full').sqlite.close();
  expect(version()).toEqual(before);
  analyse(path);
  expect(gathered(other)).not.toEqual(stored);
  const { sqlite } = openDatabase(path, 'full');
  expect(gathered(sqlite)).toEqual(stored);
  expect(version()).not.toEqual(before);
  sqlite.close();
});

test('a statement that is prepared already follows the numbers', () => {
  const { sqlite } = openDatabase(':memory:', 'full');
  const text = `SELECT u.id FROM json_each(?) given JOIN users u ON u.username = given.value
    JOIN members m ON m.space_id = ? AND m.user_id = u.id`;
  const fixed = planOf(sqlite, text);
  sqlite.run('ANALYZE');
  const plan = sqlite.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${text} -- kept`);
  const details = () => plan.all().map(({ detail }) => detail);
  sqlite.run("DELETE FROM sqlite_stat1 WHERE tbl IN ('members', 'users')");
  sqlite.run("INSERT INTO sqlite_stat1 VALUES ('members', 'sqlite_autoindex_members_1', '1 1 1')");
  sqlite.run('ANALYZE sqlite_schema');
  expect(details()).not.toEqual(fixed);
  setStatistics(sqlite);
  expect(details()).toEqual(fixed);
});

test('plans of a small database that was analysed are others; its next opening mends them', () => {
  using databases = new PlanDatabases(false);
  const page =
    'SELECT id FROM shown_messages WHERE channel_id = ? AND thread_id IS NULL AND n < ? ORDER BY n DESC LIMIT ?';
  const named = `SELECT u.id FROM json_each(?) given JOIN users u ON u.username = given.value
    JOIN members m ON m.space_id = ? AND m.user_id = u.id`;
  expect(unsteady(databases.all, [page, named])).toEqual([]);
  const [, small] = databases.all;
  if (small === undefined) throw new Error('there is no small one');
  small.sqlite.run('ANALYZE');
  expect(unsteady(databases.all, [page, named]).length).toBeGreaterThan(0);
  setStatistics(small.sqlite);
  expect(unsteady(databases.all, [page, named])).toEqual([]);
});

test('a server that ran plans as one that is new: after a stop, a crash, and another program', async () => {
  using folder = new Folder();
  const clock = new FakeClock();
  const path = join(folder.path, 'accord.db');
  const copy = join(folder.path, 'copy.db');
  const server = await startTest({ settings: folder.settings, clock });
  const { anna, ids } = await place(server);
  await anna.does('GET', `/channels/${ids['channel_id']}/messages`);
  await anna.does('GET', `/spaces/${ids['space_id']}/messages/search?query=a`);
  // Those of other tests in this process as well, but not of the made-up feature.
  const statements = [...seen.statements.keys()].filter(
    (text) => /^\s*(select|with)\b/i.test(text) && !/\bnotes\b/.test(text),
  );
  expect(statements.length).toBeGreaterThan(50);
  const fresh = openDatabase(':memory:', 'full').sqlite;
  const compared = (sqlite: Database) =>
    unsteady(
      [
        { name: 'new', sqlite: fresh },
        { name: 'used', sqlite },
      ],
      statements,
    );
  expect(compared(server.app.db.sqlite)).toEqual([]);
  // What a kill -9 leaves: the file and its log.
  for (const part of ['', '-wal']) cpSync(path + part, copy + part);
  await server.stop();
  const again = await startAgain(folder.settings, new FakeClock());
  expect(compared(again.app.db.sqlite)).toEqual([]);
  await again.stop();
  const look = await openToRead(path);
  expect(compared(look.db.sqlite)).toEqual([]);
  look.close();
  const crashed = openDatabase(copy, 'full').sqlite;
  expect(compared(crashed)).toEqual([]);
  crashed.close();
  analyse(path);
  const analysed = await startAgain(folder.settings, new FakeClock());
  expect(compared(analysed.app.db.sqlite)).toEqual([]);
  await analysed.stop();
  fresh.close();
});

// The database is what the schema says, and one that cannot be used is refused in one line.
import { Database } from 'bun:sqlite';
import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSQLiteDrizzleJson, generateSQLiteMigration } from 'drizzle-kit/api';
import { getTableConfig } from 'drizzle-orm/sqlite-core';
import { recordAct } from '../../src/features/base/admin-log/actions.ts';
import { features } from '../../src/features.ts';
import { newestId } from '../../src/db/newest.ts';
import { DatabaseError, openDatabase } from '../../src/db/open.ts';
import { migrations } from '../../src/db/migrations.ts';
import { gateway_sessions } from '../../src/db/schema/log.ts';
import { place } from '../support/place.ts';
import { startTest } from '../support/server.ts';
import { tables, tablesByName } from '../support/tables.ts';
import { root } from '../support/sources.ts';
import { world } from '../support/world.ts';

const folder = mkdtempSync(join(tmpdir(), 'accord-database-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fresh = () => openDatabase(':memory:', 'full').sqlite;

interface TableFacts {
  name: string;
  type: string;
  wr: number;
  strict: number;
}
const tablesOf = (sqlite: Database) =>
  sqlite
    .query<TableFacts, []>("SELECT * FROM pragma_table_list WHERE schema = 'main' ORDER BY name")
    .all()
    .filter(({ name, type }) => type === 'table' && !name.startsWith('sqlite_'));

test('every table is strict', () => {
  const tables = tablesOf(fresh());
  expect(tables.length).toBeGreaterThan(20);
  expect(tables.filter(({ strict }) => strict === 0).map(({ name }) => name)).toEqual([]);
});

test('tables that are nothing but their key have no row numbers', () => {
  const tables = tablesOf(fresh()).filter(({ wr }) => wr === 1);
  expect(tables.map(({ name }) => name)).toEqual([
    'backup_codes',
    'channel_mutes',
    'conversation_people',
    'dm_pairs',
    'emoji_roles',
    'event_gaps',
    'event_scopes',
    'event_shares',
    'introductions',
    'login_addresses',
    'member_roles',
    'message_mentions',
    'message_nonces',
    'overwrites',
    'read_states',
    'recovery_codes',
    'relationships',
    'slow_mode',
    'storage_sums',
    'uploads',
  ]);
});

test('the search index keeps no texts and folds accents', () => {
  const { sql } = fresh()
    .query<{ sql: string }, []>("SELECT sql FROM sqlite_schema WHERE name = 'message_search'")
    .get() ?? { sql: '' };
  expect(sql).toContain('USING fts5(');
  expect(sql).toContain("content='', contentless_delete=1");
  expect(sql).toContain('unicode61 remove_diacritics 2');
});

test('the migrations that the program carries are those of the folder', async () => {
  const journal = await Bun.file(join(root, 'drizzle/meta/_journal.json')).json();
  const tags: string[] = journal.entries.map(({ tag }: { tag: string }) => tag);
  const files = [...new Bun.Glob('*.sql').scanSync(join(root, 'drizzle'))].toSorted();
  expect(files).toEqual(tags.map((tag) => `${tag}.sql`));
  const texts = await Promise.all(
    files.map((file) => Bun.file(join(root, 'drizzle', file)).text()),
  );
  expect([...migrations]).toEqual(texts);
});

test('each migration begins with a sentence that says why', () => {
  expect(migrations.filter((text) => !/^(-- [^\n]+\n)*-- [^\n]+\.\n(?!--)/.test(text))).toEqual([]);
});

test('the migrations make what the schema describes', async () => {
  const snapshots = [...new Bun.Glob('meta/*_snapshot.json').scanSync(join(root, 'drizzle'))];
  const newest = snapshots.toSorted().at(-1) ?? '';
  const known = await Bun.file(join(root, 'drizzle', newest)).json();
  const now = await generateSQLiteDrizzleJson(tablesByName, known.id);
  expect(await generateSQLiteMigration(known, now)).toEqual([]);

  const sqlite = fresh();
  const ours = tables.map((table) => getTableConfig(table));
  expect(tablesOf(sqlite).map(({ name }) => name)).toEqual(ours.map(({ name }) => name).toSorted());
  for (const { name, columns, indexes } of ours) {
    const there = sqlite
      .query<{ name: string; type: string; notnull: number }, [string]>(
        'SELECT * FROM pragma_table_xinfo(?)',
      )
      .all(name);
    const described = columns.map((column) => `${column.name} ${column.getSQLType()}`);
    const made = there.map((column) => `${column.name} ${column.type.toLowerCase()}`);
    expect({ name, columns: made }).toEqual({ name, columns: described });
    const indexed = sqlite
      .query<{ name: string }, [string]>('SELECT name FROM pragma_index_list(?)')
      .all(name)
      .map((index) => index.name)
      .filter((index) => !index.startsWith('sqlite_autoindex'));
    expect(indexed.toSorted()).toEqual(indexes.map(({ config }) => config.name).toSorted());
  }
});

test('a row that goes is not looked for in every row that may refer to it', () => {
  const sqlite = fresh();
  const scanned = tablesOf(sqlite).flatMap(({ name }) => {
    const keys = sqlite
      .query<{ id: number; table: string; from: string }, [string]>(
        'SELECT * FROM pragma_foreign_key_list(?)',
      )
      .all(name);
    return [...Map.groupBy(keys, ({ id }) => id).values()].flatMap((parts) => {
      const fits = parts.map(({ from }) => `"${from}" = ?`).join(' AND ');
      const plan = sqlite
        .query<{ detail: string }, []>(`EXPLAIN QUERY PLAN SELECT 1 FROM "${name}" WHERE ${fits}`)
        .all();
      return plan.some(({ detail }) => detail.includes('SCAN'))
        ? [`${name}.${parts.map(({ from }) => from).join()} → ${parts[0]?.table}`]
        : [];
    });
  });
  expect(scanned).toEqual([]);
});

/** Tables with ids that no new one may lie below. */
const numbered = [gateway_sessions, ...features.flatMap(({ ids = [] }) => ids)];

/** Tables whose ids are not given by us, or are those of another table, or lie below one of another. */
const without = ['attachments', 'overwrites', 'storage_sums'];

test('no id comes again after a restart, whatever it was given to', async () => {
  await using server = await startTest({ settings: { ACCORD_TEST_MODE: 'on' } });
  await server.call('POST', '//test/seed', {});
  const { anna } = await place(server);
  await anna.listens();
  const { db } = server.app;
  db.sqlite.run('PRAGMA foreign_keys = OFF');
  await server.app.write((turn) => {
    recordAct(turn, anna, { action: 'setting_update' });
    turn.tx.sqlite.run(
      `INSERT INTO registrations VALUES ('${turn.id()}', 'x', 'x', '', '', '', null, 0)`,
    );
  });
  const tables = tablesOf(db.sqlite).flatMap(({ name }) => {
    const columns = db.sqlite
      .query<{ name: string; type: string; hidden: number }, [string]>(
        'SELECT name, type, hidden FROM pragma_table_xinfo(?)',
      )
      .all(name);
    const id = columns.find((column) => column.name === 'id' && column.type === 'TEXT');
    if (id === undefined || without.includes(name)) return [];
    return [{ name, column: id.hidden === 0 ? 'id' : 'n' }];
  });
  expect(tables.length).toBeGreaterThan(8);
  let next = BigInt(newestId(db, numbered));
  for (const { name, column } of tables) {
    next += 1n;
    const one = `(SELECT ${column} FROM ${name} LIMIT 1)`;
    const { changes } = db.sqlite
      .query(`UPDATE ${name} SET ${column} = ${next} WHERE ${column} = ${one}`)
      .run();
    expect({ name, changes, newest: newestId(db, numbered) }).toEqual({
      name,
      changes: 1,
      newest: String(next),
    });
  }
});

test('a message holds NULL for what it does not have, never the text null', async () => {
  await using server = await startTest();
  const { anna, general } = await world(server, 'anna');
  const sent = await anna.says(general, 'plain');
  const row = server.app.db.sqlite.query('SELECT * FROM messages WHERE id = ?').get(sent.id);
  expect(row).toMatchObject({ content: 'plain', mentions: null, embeds: null, previews: null });
});

/** The refusal to open a file, which has to be one line. */
function refusal(path: string): string {
  try {
    openDatabase(path, 'full').sqlite.close();
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    expect(error.message).not.toContain('\n');
    return error.message;
  }
  throw new Error(`${path} was opened`);
}

test('a database of a newer version is refused', () => {
  const path = join(folder, 'newer.db');
  const { sqlite } = openDatabase(path, 'full');
  sqlite.run('PRAGMA user_version = 4711');
  sqlite.close();
  expect(refusal(path)).toMatch(/newer version \(schema 4711, this one knows \d+\); start that/);
  // The way back is the newest copy that this version can open.
  for (const copy of ['before-7', 'before-8', 'before-8.2', 'before-4000', 'before-8.part']) {
    writeFileSync(`${path}.${copy}`, '');
  }
  expect(refusal(path)).toEndWith(
    `, or go back to what was before it with "accord restore ${realpathSync(path)}.before-8.2".`,
  );
});

test('a database from before the first release is refused and left as it was', () => {
  const path = join(folder, 'unreleased.db');
  openDatabase(path, 'full').sqlite.close();
  for (const version of [1, 7]) {
    const old = new Database(path);
    old.run(`PRAGMA user_version = ${version}`);
    old.close();
    expect(refusal(path)).toContain(`before the first release (schema ${version}, `);
    const after = new Database(path);
    const left = after.query('PRAGMA user_version').get();
    after.close();
    expect(left).toEqual({ user_version: version });
  }
});

test('a database of another program is refused and left as it was, whatever its version', () => {
  for (const version of [0, 1, 4711]) {
    const path = join(folder, `foreign-${version}.db`);
    const foreign = new Database(path, { create: true });
    foreign.run('CREATE TABLE recipes (name TEXT)');
    foreign.run(`PRAGMA user_version = ${version}`);
    foreign.close();
    expect(refusal(path)).toContain('belongs to another program');
    const after = new Database(path);
    const tables = after.query<{ name: string }, []>('SELECT name FROM sqlite_schema').all();
    const mode = after.query('PRAGMA journal_mode').get();
    after.close();
    expect({ tables, mode }).toEqual({
      tables: [{ name: 'recipes' }],
      mode: { journal_mode: 'delete' },
    });
  }
});

test('what is no database, or cannot be reached, is refused', async () => {
  const text = join(folder, 'letter.txt');
  await Bun.write(text, `Dear reader, ${'this is no database. '.repeat(50)}`);
  expect(refusal(text)).toContain('letter.txt');
  expect(refusal(join(folder, 'nowhere', 'accord.db'))).toContain('nowhere');
  expect(refusal(folder)).toContain(folder);
});

test('a start with a database that cannot be used prints one line and fails', async () => {
  const start = Bun.spawn([process.execPath, join(root, 'src/main.ts'), 'serve'], {
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      DATABASE_URL: `sqlite:${folder}/nowhere/accord.db`,
    },
    cwd: folder,
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [out, complaint, code] = await Promise.all([
    new Response(start.stdout).text(),
    new Response(start.stderr).text(),
    start.exited,
  ]);
  expect({ out, code }).toEqual({ out: '', code: 1 });
  expect(complaint).toMatch(/^accord: The database "[^\n]*nowhere[^\n]*\n$/);
});

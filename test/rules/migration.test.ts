// A migration leaves everything or nothing of itself, and a copy of the file as it was.
import type { Database } from 'bun:sqlite';
import { afterAll, expect, test } from 'bun:test';
import { chmodSync, existsSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { migrations } from '../../src/db/migrations.ts';
import { openDatabase } from '../../src/db/open.ts';
import { Folder } from '../support/folder.ts';

const folder = new Folder();
afterAll(() => folder[Symbol.dispose]());

/** What the program will carry one day. */
const grown = (...steps: string[]) => [...migrations, ...steps];
const step = 'CREATE TABLE first_step (id TEXT) STRICT';

function openAs(path: string, steps: readonly string[]): Database {
  return openDatabase(path, 'full', steps).sqlite;
}

/** A file with somebody in it, in today's schema; answers its path and the number of that. */
function withPerson(name: string): { path: string; version: number } {
  const path = join(folder.path, name);
  const sqlite = openAs(path, migrations);
  sqlite.run("INSERT INTO users (id, username, created_at) VALUES ('1', 'anna', 0)");
  sqlite.run(
    "INSERT INTO tokens (hash, user_id, kind, created_at, n) VALUES ('h', '1', 'user', 0, 1)",
  );
  const row = sqlite.query<{ user_version: number }, []>('PRAGMA user_version').get();
  sqlite.close();
  return { path, version: row?.user_version ?? 0 };
}

/** The names of all that lies beside a file and is not SQLite's own. */
function beside(path: string): string[] {
  const names = readdirSync(folder.path).filter((name) => join(folder.path, name).startsWith(path));
  return names.filter((name) => !/-(wal|shm)$/.test(name)).toSorted();
}

function namesIn(sqlite: Database): string[] {
  const found = sqlite.query<{ username: string }, []>('SELECT username FROM users').all();
  return found.map(({ username }) => username);
}

/** That the file is as it was, and opens with today's steps. */
function expectUntouched(path: string, version: number): void {
  const sqlite = openAs(path, migrations);
  expect(namesIn(sqlite)).toEqual(['anna']);
  expect(sqlite.query('PRAGMA user_version').get()).toEqual({ user_version: version });
  expect(sqlite.query("SELECT name FROM sqlite_schema WHERE name LIKE '%step'").all()).toEqual([]);
  sqlite.close();
}

test('a migration that fails leaves nothing of itself, of those before it, and no copy', () => {
  const { path, version } = withPerson('failing.db');
  const steps = grown(
    step,
    'CREATE TABLE second_step (id TEXT) STRICT;--> statement-breakpoint\nINSERT INTO missing VALUES (1)',
  );
  expect(() => openAs(path, steps)).toThrow(/^The database ".*failing\.db" .*missing/);
  expectUntouched(path, version);
  expect(beside(path)).toEqual(['failing.db']);
});

const rebuilt = [
  'CREATE TABLE `__new_users` (`id` text PRIMARY KEY NOT NULL, `username` text NOT NULL) STRICT',
  'INSERT INTO `__new_users` SELECT id, username FROM users',
  'DROP TABLE `users`',
  'ALTER TABLE `__new_users` RENAME TO `users`',
].join(';--> statement-breakpoint\n');

test('what refers to a table survives its being built anew', () => {
  const { path } = withPerson('rebuilt.db');
  const sqlite = openAs(path, grown(rebuilt));
  const tokens = () => sqlite.query<{ hash: string }, []>('SELECT hash FROM tokens').all();
  expect(tokens()).toEqual([{ hash: 'h' }]);
  sqlite.run("DELETE FROM users WHERE id = '1'");
  expect(tokens()).toEqual([]);
  sqlite.close();
});

test('a migration that leaves rows pointing nowhere is refused whole', () => {
  const { path, version } = withPerson('broken.db');
  expect(() => openAs(path, grown('DELETE FROM users'))).toThrow('point nowhere');
  expectUntouched(path, version);
});

test('the copy of a file that was migrated opens as before, with all rows and as few readers', () => {
  const { path, version } = withPerson('copied.db');
  chmodSync(path, 0o600);
  const migrated = openAs(path, grown(step, 'CREATE TABLE second_step (id TEXT) STRICT'));
  migrated.run("INSERT INTO users (id, username, created_at) VALUES ('2', 'bob', 0)");
  migrated.close();
  expect(beside(path)).toEqual(['copied.db', `copied.db.before-${version}`]);
  expect(() => openAs(path, migrations)).toThrow('newer version');
  expectUntouched(`${path}.before-${version}`, version);
  expect(statSync(`${path}.before-${version}`).mode & 0o777).toBe(0o600);
});

test('a copy that is there already stays, and one that a crash left unfinished goes', async () => {
  const { path, version } = withPerson('again.db');
  const name = `${path}.before-${version}`;
  await Bun.write(name, 'another copy');
  await Bun.write(`${name}.2`, 'one more');
  await Bun.write(`${name}.part`, 'half of a copy');
  openAs(path, grown(step)).close();
  expect(await Bun.file(name).text()).toBe('another copy');
  expect(await Bun.file(`${name}.2`).text()).toBe('one more');
  expectUntouched(`${name}.3`, version);
  expect(existsSync(`${name}.part`)).toBe(false);
});

test('a new file, one that has the schema already, and one in memory are not copied', () => {
  const path = join(folder.path, 'new.db');
  openAs(path, grown(step)).close();
  openAs(path, grown(step)).close();
  expect(beside(path)).toEqual(['new.db']);
  openAs(':memory:', grown(step)).close();
  expect(existsSync(':memory:.before-0')).toBe(false);
});

test.skipIf(!existsSync('/dev/full'))(
  'a file that cannot be copied for want of room is not migrated, and the refusal is one line',
  () => {
    const { path, version } = withPerson('full.db');
    const part = `${path}.before-${version}.part`;
    symlinkSync('/dev/full', part);
    expect(() => openAs(path, grown(step))).toThrow(
      /^The database ".*full\.db" cannot be used: .*no copy can be made .*full\)\.$/,
    );
    expect(beside(path)).toEqual(['full.db']);
    expectUntouched(path, version);
  },
);

test('a file that cannot be copied because something is in the way is not migrated', () => {
  const { path, version } = withPerson('blocked.db');
  const part = `${path}.before-${version}.part`;
  symlinkSync(join(folder.path, 'nowhere', 'else'), part);
  expect(() => openAs(path, grown(step))).toThrow(/no copy can be made/);
  rmSync(part, { force: true });
  expectUntouched(path, version);
});

test('each database in memory is a new one, with the schema that migrations make', () => {
  const schemaOf = (sqlite: Database) =>
    sqlite.query('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid').all();
  const file = openAs(join(folder.path, 'as-a-file.db'), migrations);
  const first = openAs(':memory:', migrations);
  first.run("INSERT INTO users (id, username, created_at) VALUES ('1', 'anna', 0)");
  const second = openAs(':memory:', migrations);
  expect(second.query('SELECT id FROM users').all()).toEqual([]);
  expect(schemaOf(second)).toEqual(schemaOf(file));
  expect(second.query('PRAGMA user_version').get()).toEqual(
    file.query('PRAGMA user_version').get(),
  );
  for (const sqlite of [file, first, second]) sqlite.close();
});

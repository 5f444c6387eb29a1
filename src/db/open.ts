// Opens the database (pragmas, migrations, statistics, views), and has the types for reading and writing it.
import type { Database } from 'bun:sqlite';
import { eq, sql } from 'drizzle-orm';
import { drizzle, type BunSQLiteDatabase } from 'drizzle-orm/bun-sqlite';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { expectOpening, hasForeignLog, noteOf } from './checkpoint-note.ts';
import { copyOf } from './copy.ts';
import { migrations } from './migrations.ts';
import { copyBeside, DatabaseError, realPath } from './place.ts';
import { PlannedDatabase } from './planned.ts';
import { finishReplacing } from './replace.ts';
import { setStatistics } from './statistics.ts';
import { makeViews } from './views.ts';
import { reasonOf } from '../lib/reason.ts';

/** Marks the file as ours ("ACRD"). */
export const application_id = 0x41435244;

/** Schemas up to this number were never released; the first migration makes the next one. */
const unreleased = 7;

/** The schema that this version makes. */
export const newestSchema = unreleased + migrations.length;

/** The oldest schema that this version can migrate. */
export const oldestSchema = unreleased + 1;

export type Orm = BunSQLiteDatabase;

/**
 * The database, to read from. One rule for SQL: inserts and rows by key use Drizzle, prepared if
 * they run often. Lists, sets, counts and CTEs are SQL text: `sqlite.rows` for statements that
 * return rows, with the shape of a row; `sqlite.query` for statements that change rows. Never mix
 * both in one statement: a `sql` template within Drizzle is an expression or a list of keys only.
 */
export interface Db {
  readonly orm: Orm;
  readonly sqlite: PlannedDatabase;
}

declare const writing: unique symbol;

/** A `Db` inside a turn; functions that change rows require it. Only the writer provides it. */
export interface Tx extends Db {
  readonly [writing]: true;
}

export { DatabaseError };

/** How long a start waits for another program that holds the database, and a write later on. */
const waiting_ms = { start: 10_000, write: 5_000 };

/** An empty database, migrated: programs that start many servers in memory migrate once. */
let migratedImage: Uint8Array | null = null;

/**
 * Opens or creates the file (`:memory:` for none) and migrates it; throws a DatabaseError. `tell` is
 * called with what the operator should know.
 */
export function openDatabase(
  path: string,
  synchronous: 'full' | 'normal',
  steps = migrations,
  tell: (remark: string) => void = () => {},
): Db {
  if (path !== ':memory:') {
    finishReplacing(realPath(path));
    refuseForeignLog(path);
    announce(path);
  }
  let sqlite: PlannedDatabase;
  try {
    const image = path === ':memory:' && steps === migrations ? migratedImage : null;
    // Bun's constructor takes the bytes of a database, as its `deserialize` does; only its types do not say so.
    const begin = (image as unknown as string | null) ?? path;
    sqlite = new PlannedDatabase(begin, { create: true, strict: true });
  } catch (error) {
    throw new DatabaseError(`The database "${path}" cannot be opened: ${reasonOf(error)}.`);
  }
  try {
    sqlite.run(`PRAGMA busy_timeout = ${waiting_ms.start}`);
    // Before anything in it is changed.
    refuseForeign(sqlite, path);
    sqlite.run('PRAGMA journal_mode = WAL');
    sqlite.run(`PRAGMA synchronous = ${synchronous === 'full' ? 'FULL' : 'NORMAL'}`);
    sqlite.run('PRAGMA cache_size = -16384'); // at most 16 MiB; the system keeps the file in memory, too
    sqlite.run('PRAGMA temp_store = MEMORY');
    sqlite.run('PRAGMA wal_autocheckpoint = 0'); // see checkpoints.ts
    sqlite.run('PRAGMA journal_size_limit = 67108864');
    migrate(sqlite, path, steps, tell);
    sqlite.run('PRAGMA foreign_keys = ON');
    // What is deleted or replaced is overwritten, not only left to be used again.
    sqlite.run('PRAGMA secure_delete = ON');
    // Whether it can be written, at once and not at the first turn.
    sqlite.run('BEGIN IMMEDIATE; ROLLBACK');
    setStatistics(sqlite);
    if (path === ':memory:' && steps === migrations) migratedImage ??= sqlite.serialize();
    // They look into tables of the newest schema.
    if (steps.length >= migrations.length) makeViews(sqlite);
    sqlite.run(`PRAGMA busy_timeout = ${waiting_ms.write}`);
  } catch (error) {
    sqlite.close();
    if (error instanceof DatabaseError) throw error;
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY') {
      throw new DatabaseError(
        `The database "${path}" is held by another program; stop that one, then start again.`,
      );
    }
    throw new DatabaseError(`The database "${path}" cannot be used: ${reasonOf(error)}.`);
  }
  return { sqlite, orm: drizzle(sqlite) };
}

function pragma(sqlite: Database, name: string): number {
  const row = sqlite.query<Record<string, number>, []>(`PRAGMA ${name}`).get();
  return row?.[name] ?? 0;
}

/**
 * Applies the missing `steps` in one transaction; `user_version` is the number of the schema in the
 * file. Refuses newer files, and files from before the first release, in which nobody has data.
 * Copies the file first, unless it is new.
 */
function migrate(
  sqlite: Database,
  path: string,
  steps: readonly string[],
  tell: (remark: string) => void,
): void {
  const version = pragma(sqlite, 'user_version');
  const newest = unreleased + steps.length;
  if (version > newest) {
    const copy = copyBeside(realPath(path), newest);
    throw new DatabaseError(
      `The database "${path}" was written by a newer version (schema ${version}, this one knows ${newest}); start that version instead${
        copy === null ? '' : `, or go back to what was before it with "accord restore ${copy}"`
      }.`,
    );
  }
  if (version > 0 && version <= unreleased) {
    throw new DatabaseError(
      `The database "${path}" was written before the first release (schema ${version}, the oldest known is ${unreleased + 1}); name another file.`,
    );
  }
  if (version === newest) return;
  const copy = version === 0 ? null : copyOf(sqlite, realPath(path), version);
  // Off before BEGIN: otherwise, rebuilding a table would cascade and delete rows of other tables.
  sqlite.run('PRAGMA foreign_keys = OFF');
  try {
    sqlite.run('BEGIN IMMEDIATE');
    for (const statements of steps.slice(Math.max(0, version - unreleased))) {
      for (const statement of statements.split('--> statement-breakpoint')) sqlite.run(statement);
    }
    const broken = sqlite.query('PRAGMA foreign_key_check').all();
    if (broken.length > 0) throw new Error(`${broken.length} rows point nowhere after migration`);
    sqlite.run(`PRAGMA user_version = ${newest}`);
    sqlite.run(`PRAGMA application_id = ${application_id}`);
    const kept = copy?.keep();
    sqlite.run('COMMIT');
    if (kept !== undefined) {
      tell(`the database had schema ${version} and has ${newest} now; "${kept}" is as it was`);
    }
  } catch (error) {
    if (sqlite.inTransaction) sqlite.run('ROLLBACK');
    copy?.drop();
    throw error;
  }
}

function refuseForeign(sqlite: Database, path: string): void {
  const tables = sqlite.query<{ n: number }, []>('SELECT count(*) AS n FROM sqlite_schema').get();
  if ((tables?.n ?? 0) > 0 && pragma(sqlite, 'application_id') !== application_id) {
    throw new DatabaseError(
      `The database "${path}" belongs to another program; name another file.`,
    );
  }
}

/** Notes, before SQLite opens the file, that it may write the log into it from now on. */
function announce(path: string): void {
  try {
    expectOpening(path);
  } catch (error) {
    throw new DatabaseError(`The database "${path}" cannot be used: ${reasonOf(error)}.`);
  }
}

/** Throws if SQLite would write a log over a file that it does not continue. */
export function refuseForeignLog(path: string): void {
  if (!hasForeignLog(path)) return;
  throw new DatabaseError(
    `The database "${path}" is not the one that the log "${path}-wal" continues; a copy seems to have been put in its place. To serve the copy, put it there with "accord restore", or move the log away. If nothing was put there, remove "${noteOf(path)}".`,
  );
}

/** Returns a function that builds a statement once for each database, then returns the same. */
export function prepared<S>(build: (orm: Orm) => S): (db: Db) => S {
  const statements = new WeakMap<Database, S>();
  return (db) => {
    let statement = statements.get(db.sqlite);
    if (statement === undefined) {
      statement = build(db.orm);
      statements.set(db.sqlite, statement);
    }
    return statement;
  };
}

/** Returns a function that finds the row whose `column` has a given key. */
export function rowBy<T extends SQLiteTable>(
  table: T,
  column: SQLiteColumn,
): (db: Db, key: string) => T['$inferSelect'] | undefined {
  const key = sql.placeholder('key');
  const row = prepared((orm) =>
    orm.select().from<SQLiteTable>(table).where(eq(column, key)).prepare(),
  );
  return (db, value) => row(db).get({ key: value });
}

// Opens a database to read it only: beside a server that runs, or a copy that nobody serves.
import { constants as sqliteConstants } from 'bun:sqlite';
import { accessSync, constants, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { drizzle } from 'drizzle-orm/bun-sqlite';
import { hasForeignLog } from './checkpoint-note.ts';
import { application_id, newestSchema, oldestSchema, refuseForeignLog, type Db } from './open.ts';
import { DatabaseError, realPath } from './place.ts';
import { PlannedDatabase } from './planned.ts';
import { unfinished } from './replace.ts';
import { makeViews } from './views.ts';
import { reasonOf } from '../lib/reason.ts';

export interface Look {
  /** Has the views only if the schema is the newest one. */
  readonly db: Db;
  readonly schema: number;
  /** Size in bytes, with what is in the log. */
  readonly bytes: number;
  /** Whether somebody has begun to write the file, so that what was read may be wrong. */
  isStale(): boolean;
  /** Leaves the file and its log as they are. */
  close(): void;
}

/** A server that makes a checkpoint writes its note a moment later. */
const looks = 15;
const pause_ms = 200;

/**
 * Opens the database to read it. Throws a DatabaseError, one line for the operator, if it is
 * missing, is not ours, has another schema than this version can read, or if its log does not fit.
 * The line calls it `path`. With `isAnySchema`, also one that this version does not know is opened.
 */
export async function openToRead(place: string, path = place, isAnySchema = false): Promise<Look> {
  const file = realPath(place);
  checkFile(file, path);
  if (unfinished(file) !== null) {
    throw new DatabaseError(
      `A restore of the database "${path}" was interrupted; start the server, which finishes it.`,
    );
  }
  for (let n = 1; hasForeignLog(file) && n < looks; n += 1) await Bun.sleep(pause_ms);
  refuseForeignLog(place);
  try {
    return look(file, path, isAnySchema);
  } catch (error) {
    if (error instanceof DatabaseError) throw error;
    const reason = reasonOf(error);
    throw new DatabaseError(`The database "${path}" cannot be read: ${reason}.`);
  }
}

function checkFile(file: string, path: string): void {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) throw new DatabaseError(`There is no database "${path}".`);
  if (!stats.isFile()) throw new DatabaseError(`The database "${path}" is not a file.`);
  try {
    accessSync(file, constants.R_OK);
  } catch {
    throw new DatabaseError(`The database "${path}" may not be read by this user.`);
  }
}

function look(file: string, path: string, isAnySchema: boolean): Look {
  const before = stateOf(file);
  const sqlite = before === null ? new PlannedDatabase(file, { readonly: true }) : openAlone(file);
  try {
    sqlite.run('PRAGMA busy_timeout = 10000');
    const number = (name: string) =>
      Object.values(sqlite.query<Record<string, number>, []>(`PRAGMA ${name}`).get() ?? {})[0] ?? 0;
    if (number('application_id') !== application_id) {
      throw new DatabaseError(`The database "${path}" belongs to another program.`);
    }
    const schema = number('user_version');
    if (schema > newestSchema && !isAnySchema) {
      throw new DatabaseError(
        `The database "${path}" was written by a newer version (schema ${schema}, this one knows ${newestSchema}); use that version.`,
      );
    }
    if (schema < oldestSchema && !isAnySchema) {
      throw new DatabaseError(
        `The database "${path}" was written before the first release (schema ${schema}, the oldest known is ${oldestSchema}).`,
      );
    }
    if (schema === newestSchema) makeViews(sqlite);
    return {
      db: { sqlite, orm: drizzle(sqlite) },
      schema,
      bytes: number('page_count') * number('page_size'),
      isStale: () => before !== null && stateOf(file) !== before,
      close: () => sqlite.close(),
    };
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

/**
 * What tells whether a file without a log is as it was. Null if it has a log or a journal: then
 * SQLite has to look after it, and makes files beside it.
 */
function stateOf(file: string): string | null {
  for (const suffix of ['-wal', '-journal']) {
    const beside = statSync(`${file}${suffix}`, { throwIfNoEntry: false });
    if (beside !== undefined) return null;
  }
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats === undefined ? null : [stats.ino, stats.size, stats.mtimeMs].join(' ');
}

/** Opens a file that nobody writes: nothing appears beside it, and it may be on a read-only disk. */
function openAlone(file: string): PlannedDatabase {
  const { SQLITE_OPEN_READONLY, SQLITE_OPEN_URI } = sqliteConstants;
  const address = `${pathToFileURL(file).href}?immutable=1`;
  return new PlannedDatabase(address, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
}

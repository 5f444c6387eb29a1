// Prevents a second server on the same database: each would trust its own memory and cache.
import { Database } from 'bun:sqlite';
import { checkPlace, DatabaseError, keepPrivate, realPath } from './place.ts';
import { reasonOf } from '../lib/reason.ts';

/** Another process serves the database, or a command of the operator is at work on it. */
export class ServedError extends DatabaseError {}

/**
 * Locks an empty file beside the database until the returned function is called or the process
 * ends, even by a crash: beside the file itself, whatever links lead to it. SQLite's own tools can
 * still open the database. Takes it away from others than its owner and group. Throws a
 * DatabaseError if it is locked already, or lies where it cannot be served.
 */
export function lockDatabase(path: string): () => void {
  if (path === ':memory:') return () => {};
  const file = realPath(path);
  checkPlace(file, path);
  const lock = openLock(`${file}-lock`, path);
  try {
    // A SQLite lock works the same way on every system; nothing is ever written to this file.
    // Without a journal on the disk, which may be full.
    lock.run('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY');
    lock.run('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close(true);
    const isHeld = error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY';
    if (!isHeld) {
      throw new DatabaseError(`The database "${path}" cannot be locked: ${reasonOf(error)}.`);
    }
    throw new ServedError(
      `The database "${path}" is served by another process already; stop that one, or name another file.`,
    );
  }
  keepPrivate(file);
  return () => lock.close(true);
}

function openLock(file: string, path: string): Database {
  try {
    return new Database(file, { create: true, strict: true });
  } catch (error) {
    throw new DatabaseError(`The database "${path}" cannot be opened: ${reasonOf(error)}.`);
  }
}

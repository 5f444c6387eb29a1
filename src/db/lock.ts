// Keeps a second server off a database that one serves already: each would take its own memory for the truth.
import { Database } from 'bun:sqlite';
import { DatabaseError } from './open.ts';

/**
 * Holds an empty file beside the database locked until it is released or the process ends, however
 * that happens. The database itself stays open to SQLite's own tools.
 */
export function lockDatabase(path: string): () => void {
  if (path === ':memory:') return () => {};
  const lock = openLock(`${path}-lock`, path);
  try {
    // SQLite locks files in the same way on every system; nothing is ever written into this one.
    lock.run('PRAGMA busy_timeout = 0');
    lock.run('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    const isHeld = error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY';
    throw new DatabaseError(
      isHeld
        ? `The database "${path}" is served by another process already; stop that one, or name another file.`
        : `The database "${path}" cannot be locked: ${reason(error)}.`,
    );
  }
  return () => lock.close();
}

function openLock(file: string, path: string): Database {
  try {
    return new Database(file, { create: true, strict: true });
  } catch (error) {
    throw new DatabaseError(`The database "${path}" cannot be opened: ${reason(error)}.`);
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

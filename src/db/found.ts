// What is found at the place of a database before anybody opens it: what the operator should know.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { realPath } from './place.ts';
import { unfinished } from './replace.ts';

/**
 * Tells whether the log was taken away from a database that is open, or was when its server was
 * killed: SQLite makes the log before FILE-shm, and removes it after that.
 */
export function hasLostLog(path: string): boolean {
  const file = realPath(path);
  const isThere = (suffix: string) => existsSync(`${file}${suffix}`);
  // Once more at the end: a server may be starting.
  return !isThere('-wal') && isThere('-shm') && !isThere('-wal') && unfinished(file) === null;
}

/** What to do about it, for whoever looks at the file. */
export const lostLog = (path: string) =>
  `The log "${path}-wal" is gone, and with it what was written last; if a server runs, stop it, which saves what it knows; if none does, put the log back, or start without it.`;

/** What to tell once the file is open; null if there is nothing. */
export function remarkBeforeOpening(path: string): string | null {
  if (path === ':memory:') return null;
  const file = realPath(path);
  if (hasLostLog(path)) {
    return `the log "${path}-wal" was gone, and with it what was written last: restore a backup if one has more`;
  }
  if (isBackup(dirname(file))) {
    return `the folder "${dirname(file)}" is a backup, which changes when it is served: put it elsewhere with "accord restore"`;
  }
  if (existsSync(file) || unfinished(file) !== null) return null;
  return `there was no database, so a new one was made: "${file}"`;
}

/** Tells whether `accord backup` has made the folder. */
function isBackup(folder: string): boolean {
  try {
    return 'backup' in JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  } catch {
    return false;
  }
}

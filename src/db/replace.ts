// Puts another database in the place of one: after a crash, either all of it is done or none.

/*
  The new file is made as FILE-restoring. Once it is complete and on disk, it is renamed to
  FILE-restored-TIME: from then on it counts. What is left are moves, in an order that can be taken
  up again anywhere: the old file and all beside it go to FILE.replaced-TIME, and only then the new
  one gets the name FILE. A crash leaves FILE-restored-TIME, and whoever opens the database next, the
  server or another restore, makes the moves that are missing.
 */

import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { syncFolder } from '../lib/sync.ts';
import { DatabaseError } from './place.ts';

/** What SQLite and the server keep beside a database; the file itself goes last. */
const suffixes = ['-wal', '-shm', '-journal', '-checkpoint', ''];

export interface Move {
  readonly from: string;
  readonly to: string;
}

/** The name under which the new file is made. It is worth nothing until it is renamed. */
export const newFileOf = (file: string) => `${file}-restoring`;

/** The name under which the new file counts. `time` is such as `20261231-235959`. */
const waitingOf = (file: string, time: string) => `${file}-restored-${time}`;

/** The name that the old file gets. */
export const replacedOf = (file: string, time: string) => `${file}.replaced-${time}`;

/**
 * Returns the moves that put `FILE-restored-TIME` in the place of the file, in their order. The
 * last one needs all others on disk. A move whose `from` is missing is done, or is not needed.
 */
export function movesOf(file: string, time: string): Move[] {
  const aside = suffixes.map((suffix) => ({
    from: `${file}${suffix}`,
    to: `${replacedOf(file, time)}${suffix}`,
  }));
  return [...aside, { from: waitingOf(file, time), to: file }];
}

/** Returns the time of a replacement that was begun and is not done; null if there is none. */
export function unfinished(file: string): string | null {
  const start = `${basename(file)}-restored-`;
  const names = existsSync(dirname(file)) ? readdirSync(dirname(file)) : [];
  const found = names.find((name) => name.startsWith(start) && isTime(name.slice(start.length)));
  return found === undefined ? null : found.slice(start.length);
}

const isTime = (text: string) => /^\d{8}-\d{6}(\.\d+)?$/.test(text);

/**
 * Makes the new file count; it must be complete and on disk. After a crash it counts, or nothing
 * has changed. Returns the time that stands in the names of the old files; `now` is the time.
 */
export function beginReplacing(file: string, now: Date): string {
  const [date = '', clock = ''] = now.toISOString().split(/[T.]/);
  const time = `${date}-${clock}`.replace(/[-:]/g, '').replace(/^(\d{8})/, '$1-');
  const isTaken = (one: string) =>
    movesOf(file, one).some(({ to }) => to !== file && existsSync(to));
  let free = time;
  for (let n = 2; isTaken(free); n += 1) free = `${time}.${n}`;
  renameSync(newFileOf(file), waitingOf(file, free));
  syncFolder(dirname(file));
  return free;
}

/**
 * Makes the moves of a replacement that was begun, if there is one, and removes a new file that
 * does not count. Whoever calls this holds the lock of the database. Throws a DatabaseError if
 * something is in the way.
 */
export function finishReplacing(file: string): void {
  rmSync(newFileOf(file), { force: true });
  const time = unfinished(file);
  if (time === null) return;
  const moves = movesOf(file, time);
  const last = moves.pop();
  for (const move of moves) make(move);
  syncFolder(dirname(file));
  if (last) make(last);
  syncFolder(dirname(file));
}

function make({ from, to }: Move): void {
  if (!existsSync(from)) return;
  if (existsSync(to)) {
    throw new DatabaseError(
      `A restore was interrupted and cannot be finished: both "${from}" and "${to}" are there; move one of them to another folder.`,
    );
  }
  renameSync(from, to);
}

// The note beside a database: which file the log (FILE-wal) continues.

/*
  A log (FILE-wal) that a killed server has left continues one state of the file. If a copy was put
  in the place of the file meanwhile, SQLite would write the log over it, and both would be lost. So
  only this server makes checkpoints, and after each it notes size and time of the file. A start
  that finds a log checks the file against the note before SQLite opens it.

  Size and time do not tell in three cases:
    moved      all files were copied somewhere else, the note among them, and have new times: then
               a sample of the file has to be the same
    writing    a checkpoint may have been under way, which SQLite makes whenever a process closes the
               database, too: then the number of checkpoints that the file itself says has to fit
    shared     another program makes checkpoints, too; Litestream leaves a table that tells it: the
               same
  A file that was made after the note, where all files are in their place, was put there.

  While the database is open, nothing in this process may close a descriptor of its file that SQLite
  does not know: Linux would take all locks of the process on that file. The next program that opens
  and closes the database would think itself the last one, and delete the log under the server.
 */

import { constants, Database } from 'bun:sqlite';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { syncFile, syncFolder } from '../lib/sync.ts';
import { realPath } from './place.ts';
import type { PlannedDatabase } from './planned.ts';
import { troubleOf } from './trouble.ts';

/** Of one length, so that one can be written over the other: a full disk has room for that. */
export type State = 'settled' | 'writing';

export interface Note {
  /** Comes first. */
  state: State;
  /** Size in bytes and time of the file, in whole milliseconds. */
  size: number;
  time: number;
  /** A hash of some of its pages. */
  sample: string;
  /** How many checkpoints were begun, and how many the file itself says; null if it says nothing. */
  begun: number;
  in_file: number | null;
  page: Page;
  /** Whether another program makes checkpoints, too. */
  shared: boolean;
  /** When the file was made, in whole milliseconds; null where the file system does not say it. */
  made: number | null;
  /** The time that the note itself was given, in whole milliseconds. */
  noted: number;
}

/** The name of the note about a database file. */
export const noteOf = (path: string) => `${realPath(path)}-checkpoint`;

const sample = { pages: 64, page_bytes: 4096 };

/** How much later than its time a note may have been made, in milliseconds, if it is no copy. */
const slack_ms = 10_000;

/** Tells whether a log lies beside the file that continues another state of it. */
export function hasForeignLog(path: string): boolean {
  const file = realPath(path);
  if (!hasLog(file)) return false;
  const note = readNote(file);
  // Without a note, as from before there were any, nothing can be said.
  if (note === null) return false;
  if (factsOf(file) === null) return true;
  const descriptor = openSync(file, 'r');
  try {
    return !isContinued(file, descriptor, note);
  } finally {
    closeSync(descriptor);
  }
}

function hasLog(file: string): boolean {
  const log = statSync(`${file}-wal`, { throwIfNoEntry: false });
  return log !== undefined && log.size > 0;
}

/** Tells whether the file is in a state that the log beside it continues. */
function isContinued(file: string, descriptor: number, note: Note): boolean {
  const [now, itself] = [factsOf(file), factsOf(noteOf(file))];
  if (now === null || itself === null) return false;
  const isSame = now.size === note.size && now.time === note.time;
  if (note.state === 'settled' && isSame) return true;
  const isTouched = note.state === 'settled' && itself.time !== note.noted;
  const isMoved = isTouched || (itself.made ?? 0) > note.noted + slack_ms;
  const isMadeLater = note.made !== null && now.made !== null && now.made !== note.made;
  if (isMadeLater && !isMoved) return false;
  const isShared = note.shared || hasLitestream(file);
  if (note.state === 'settled' && !isShared) {
    return isMoved && now.size === note.size && sampleOf(descriptor, now.size) === note.sample;
  }
  const counted = countedIn(descriptor, note.page);
  if (counted === null) return note.in_file === null && now.size >= note.size;
  // It may have been killed between the next number and the note of it.
  const isCounted = counted >= (note.in_file ?? 0) && counted <= note.begun + 1;
  return isCounted && now.size >= note.size;
}

export type Facts = Pick<Note, 'size' | 'time' | 'made'>;

/** Returns what the file system says of a file; null if there is none. */
export function factsOf(path: string): Facts | null {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return null;
  const { size, mtimeMs, ctimeMs, birthtimeMs } = found;
  // Where nothing says when a file was made, this is 0 or the time of the last change.
  const isKnown = birthtimeMs > 0 && birthtimeMs !== ctimeMs;
  return { size, time: Math.floor(mtimeMs), made: isKnown ? Math.floor(birthtimeMs) : null };
}

/** Tells whether the file, without its log, has the table that Litestream makes. */
function hasLitestream(file: string): boolean {
  return readAlone(file, (alone) => alone.query(litestreamTable).get() !== null) ?? false;
}

/** Reads the file without its log; null if that fails. */
function readAlone<T>(file: string, read: (alone: Database) => T): T | null {
  const flags = constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI;
  const escaped = encodeURI(file).replaceAll('?', '%3f').replaceAll('#', '%23');
  try {
    const alone = new Database(`file:${escaped}?immutable=1`, flags);
    try {
      return read(alone);
    } finally {
      alone.close(true);
    }
  } catch {
    return null;
  }
}

/** Finds the table of Litestream. */
export const litestreamTable = "SELECT 1 FROM sqlite_schema WHERE name = '_litestream_seq'";

/** Returns a hash of some pages, spread over the file: the first and the last one among them. */
export function sampleOf(descriptor: number, size: number): string {
  const hasher = new Bun.CryptoHasher('sha256');
  const page = Buffer.alloc(sample.page_bytes);
  const last = Math.max(0, size - page.length);
  for (let n = 0; n < sample.pages; n += 1) {
    const at = Math.floor((last * n) / (sample.pages - 1));
    const read = readSync(descriptor, page, 0, page.length, at);
    hasher.update(page.subarray(0, read));
  }
  return hasher.digest('hex');
}

export function readNote(file: string): Note | null {
  try {
    return JSON.parse(readFileSync(noteOf(file), 'utf8')) as Note;
  } catch {
    return null;
  }
}

/** Where the number of checkpoints stands: the page of `this_database`, which has one row. */
export interface Page {
  number: number;
  size: number;
}

/** The header of that row: an id that is the key, a text of 32 bytes, and a number of this size. */
const row_header = [4, 0, 77];
const number_bytes = [-1, 1, 2, 3, 4, 6, 8, -1, 0, 0];

/**
 * Returns the number of checkpoints that the file says without its log; null if that page holds
 * something else. SQLite would not read a file to which a checkpoint was written in part.
 */
export function countedIn(descriptor: number, { number, size }: Page): number | null {
  const page = Buffer.alloc(size);
  readSync(descriptor, page, 0, size, (number - 1) * size);
  const isLeaf = page[0] === 13 && page.readUInt16BE(3) === 1;
  // After the length of the row and its key, one byte each.
  const row = page.subarray(page.readUInt16BE(8) + 2);
  if (!isLeaf || row_header.some((byte, at) => row[at] !== byte)) return null;
  const type = row[row_header.length] ?? 7;
  const bytes = number_bytes[type] ?? -1;
  if (bytes === 0) return type - 8;
  return bytes < 0 || bytes > 6 ? null : row.readUIntBE(row_header.length + 1 + 32, bytes);
}

export function pageIn(sqlite: Pick<PlannedDatabase, 'query'>): Page {
  const found = sqlite
    .query<Page, []>(
      `SELECT rootpage AS number, (SELECT page_size FROM pragma_page_size) AS size
         FROM sqlite_schema WHERE name = 'this_database'`,
    )
    .get();
  if (found === null) throw new Error('the database does not say which one it is');
  return found;
}

/** Writes the note so that it is complete and on disk, or is the one from before. */
export function writeNote(file: string, facts: Omit<Note, 'noted'>): void {
  const name = noteOf(file);
  const part = `${name}.part`;
  const noted = Date.now();
  writeFileSync(part, `${JSON.stringify({ ...facts, noted } satisfies Note)}\n`, {
    mode: statSync(file).mode & 0o777,
  });
  utimesSync(part, noted / 1000, noted / 1000);
  syncFile(part);
  renameSync(part, name);
  syncFolder(dirname(name));
}

/**
 * Notes, before SQLite opens the database, that it may write the log into the file from now on. If
 * there is no log, any file may have been put there: then the note is made anew, for this one.
 * Throws if the note cannot be written.
 */
export function expectOpening(path: string): void {
  const file = realPath(path);
  if (!existsSync(noteOf(file))) return;
  if (!hasLog(file) && noteAnew(file)) return;
  expectCheckpoint(file);
}

/** Notes a file without a log; false if the disk is full. */
function noteAnew(file: string): boolean {
  const now = factsOf(file);
  const page = readAlone(file, pageIn);
  if (now === null || page === null) {
    // Nothing can be said of it, as of one that an earlier version has left.
    rmSync(noteOf(file), { force: true });
    return true;
  }
  const descriptor = openSync(file, 'r');
  try {
    const counted = countedIn(descriptor, page);
    const numbers = { begun: counted ?? 0, in_file: counted, page };
    const shared = readNote(file)?.shared ?? false;
    const print = sampleOf(descriptor, now.size);
    writeNote(file, { state: 'writing', ...now, sample: print, ...numbers, shared });
    return true;
  } catch (error) {
    if (troubleOf(error) === 'full') return false;
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Notes that SQLite may write the log into the file from now on: to be called before it closes the
 * database. Throws if the note cannot be written.
 */
export function expectCheckpoint(path: string): void {
  const note = noteOf(path);
  if (!existsSync(note)) return;
  const descriptor = openSync(note, 'r+');
  try {
    writeSync(descriptor, 'writing' satisfies State, '{"state":"'.length);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

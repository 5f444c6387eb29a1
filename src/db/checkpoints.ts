// Checkpoints: the log beside the database goes into its file, and a note says which file that is.

/*
  A log (FILE-wal) that a killed server has left continues one state of the file. If a copy was put
  in the place of the file meanwhile, SQLite would write the log over it, and both would be lost. So
  only this server makes checkpoints, and after each it notes size and time of the file. A start
  that finds a log checks the file against the note before SQLite opens it.

  Size and time do not tell in three cases; then the number of checkpoints in the file has to fit:
    writing    the server was killed while it made a checkpoint
    shared     another program, such as Litestream, makes checkpoints, too
    moved      all files were copied somewhere else, the note among them, and have new times
 */

import { constants, Database } from 'bun:sqlite';
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import type { Clock } from '../lib/clock.ts';
import { realPath } from './place.ts';
import type { PlannedDatabase } from './planned.ts';
import { troubleOf } from './trouble.ts';

interface Note {
  state: 'done' | 'writing';
  /** Size in bytes and time of the file, in whole milliseconds. */
  size: number;
  time: number;
  /** How many checkpoints were begun, and how many the file itself says; null if it says nothing. */
  begun: number;
  in_file: number | null;
  /** Whether another program makes checkpoints, too. */
  shared: boolean;
  /** The time that the note itself was given, in whole milliseconds. */
  noted: number;
}

/** The name of the note about a database file. */
export const noteOf = (path: string) => `${realPath(path)}-checkpoint`;

/** Checkpoints are made above this size of the log, in pages, and otherwise once a minute. */
const maxLog_pages = 4_000;
const look_ms = 2_000;
const rarely_ms = 60_000;

/** Tells whether a log lies beside the file that continues another state of it. */
export function hasForeignLog(path: string): boolean {
  const file = realPath(path);
  const log = statSync(`${file}-wal`, { throwIfNoEntry: false });
  if (log === undefined || log.size === 0) return false;
  const note = readNote(file);
  // Without a note, as from before there were any, nothing can be said.
  if (note === null) return false;
  const now = factsOf(file);
  if (now === null) return true;
  if (note.state === 'done' && now.size === note.size && now.time === note.time) return false;
  const isMoved = factsOf(noteOf(file))?.time !== note.noted;
  if (note.state === 'done' && !note.shared && !isMoved) return true;
  const counted = countedIn(file);
  const least = note.in_file ?? counted ?? 0;
  const fits = counted === null ? note.in_file === null : counted >= least && counted <= note.begun;
  return !fits || now.size < note.size;
}

function factsOf(path: string): { size: number; time: number } | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? null : { size: found.size, time: Math.floor(found.mtimeMs) };
}

function readNote(file: string): Note | null {
  try {
    return JSON.parse(readFileSync(noteOf(file), 'utf8')) as Note;
  } catch {
    return null;
  }
}

/** Returns the number of checkpoints that the file says without its log; null if it says none. */
function countedIn(file: string): number | null {
  const flags = constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI;
  const escaped = encodeURI(file).replaceAll('?', '%3f').replaceAll('#', '%23');
  try {
    const alone = new Database(`file:${escaped}?immutable=1`, flags);
    try {
      const row = alone
        .query<{ checkpoints: number }, []>('SELECT checkpoints FROM this_database WHERE id = 1')
        .get();
      return row?.checkpoints ?? null;
    } finally {
      alone.close();
    }
  } catch {
    return null;
  }
}

/** Writes the note so that it is complete and on disk, or is the one from before. */
function writeNote(file: string, facts: Omit<Note, 'noted'>): void {
  const name = noteOf(file);
  const part = `${name}.part`;
  const noted = Date.now();
  writeFileSync(part, `${JSON.stringify({ ...facts, noted } satisfies Note)}\n`, {
    mode: statSync(file).mode & 0o777,
  });
  utimesSync(part, noted / 1000, noted / 1000);
  sync(part);
  renameSync(part, name);
}

function sync(path: string): void {
  const descriptor = openSync(path, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

interface Parts {
  sqlite: PlannedDatabase;
  clock: Clock;
  /** Called when a checkpoint fails for another reason than a database that cannot be written. */
  failed(error: unknown): void;
  /** Called once, when it is found that another program makes checkpoints. */
  shares(): void;
}

/** Makes the checkpoints of an open database. */
export class Checkpoints {
  readonly #parts: Parts;
  readonly #file: string;
  #begun: number;
  #in_file: number | null;
  #isShared: boolean;
  #made_ms: number;
  readonly #cancel: () => void;

  /** Begins; `path` is the file that was opened. */
  constructor(path: string, parts: Parts) {
    this.#parts = parts;
    this.#file = realPath(path);
    this.#begun = this.#counted();
    this.#in_file = countedIn(this.#file);
    this.#isShared = readNote(this.#file)?.shared ?? false;
    this.#made_ms = parts.clock.steady();
    this.#note('done');
    this.#cancel = parts.clock.every(look_ms, () => this.#look());
  }

  /** Puts the whole log into the file; called before the database is closed. */
  end(): void {
    this.#cancel();
    this.#guard(() => this.#make('TRUNCATE'));
  }

  #look(): void {
    const { sqlite, clock } = this.#parts;
    this.#guard(() => {
      this.#notice();
      const pages = sqlite.query<{ log: number }, []>('PRAGMA wal_checkpoint(NOOP)').get()?.log;
      if (pages === undefined || pages <= 0) return;
      const isDue = clock.steady() - this.#made_ms >= rarely_ms;
      if (pages >= maxLog_pages || isDue) this.#make('PASSIVE');
    });
  }

  /** Notices a file that another program has changed: it makes checkpoints as well. */
  #notice(): void {
    const [now, note] = [factsOf(this.#file), readNote(this.#file)];
    if (now === null || note === null) return;
    if (now.size === note.size && now.time === note.time) return;
    if (!this.#isShared) this.#parts.shares();
    this.#isShared = true;
    this.#note('done');
  }

  #make(mode: 'PASSIVE' | 'TRUNCATE'): void {
    const { sqlite, clock } = this.#parts;
    sqlite.query('UPDATE this_database SET checkpoints = checkpoints + 1 WHERE id = 1').run();
    this.#begun = this.#counted();
    this.#note('writing');
    try {
      const done = sqlite
        .query<{ busy: number; log: number; checkpointed: number }, []>(
          `PRAGMA wal_checkpoint(${mode})`,
        )
        .get();
      if (done?.busy === 0 && done.log === done.checkpointed) this.#in_file = this.#begun;
      // SQLite syncs what is in the file, but not always its time.
      sync(this.#file);
    } finally {
      this.#note('done');
    }
    this.#made_ms = clock.steady();
  }

  #counted(): number {
    const row = this.#parts.sqlite
      .query<{ checkpoints: number }, []>('SELECT checkpoints FROM this_database WHERE id = 1')
      .get();
    return row?.checkpoints ?? 0;
  }

  #note(state: Note['state']): void {
    const now = factsOf(this.#file);
    if (now === null) return;
    const [begun, in_file, shared] = [this.#begun, this.#in_file, this.#isShared];
    writeNote(this.#file, { state, ...now, begun, in_file, shared });
  }

  /** A checkpoint that cannot be made is tried again; the log holds everything meanwhile. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (troubleOf(error) === null) this.#parts.failed(error);
    }
  }
}

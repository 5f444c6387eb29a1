// Checkpoints: this server alone puts the log beside the database into its file (see checkpoint-note.ts).
import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs';
import type { Clock } from '../lib/clock.ts';
import {
  countedIn,
  expectCheckpoint,
  litestreamTable,
  factsOf,
  pageIn,
  readNote,
  sampleOf,
  writeNote,
  type Page,
} from './checkpoint-note.ts';
import { realPath } from './place.ts';
import type { PlannedDatabase } from './planned.ts';
import { troubleOf } from './trouble.ts';

/**
 * A checkpoint is made after so many new pages of the log, and otherwise once a minute. It goes in one piece, while
 * all wait, so it should not take long. How many pages fit into that time differs: of a page that is in the log
 * many times only the newest copy is written.
 */
const pages = { first: 1_000, min: 500, max: 4_000 };
const should_ms = 6;
/** Where another program makes checkpoints as well, they are left to it: the server helps out above this size. */
const maxShared_pages = pages.max;
/** The size of the log is looked at after so many commits, and each time that so long has passed. */
const look_commits = 8;
const look_ms = 2_000;
const rarely_ms = 60_000;

interface Parts {
  sqlite: PlannedDatabase;
  clock: Clock;
  /** Called when a checkpoint fails for another reason than a database that cannot be written. */
  failed(error: unknown): void;
  /** Called once, when it is found that another program makes checkpoints. */
  shares(): void;
  /** Runs something soon, in a turn of the event loop that has time for it. */
  soon(run: () => void): void;
}

/** Makes the checkpoints of an open database. */
export class Checkpoints {
  readonly #parts: Parts;
  readonly #file: string;
  /** Of the file, to read and to sync it; open as long as SQLite has it open. */
  readonly #descriptor: number;
  #begun: number;
  #in_file: number | null;
  readonly #page: Page;
  #isShared: boolean;
  #made_ms: number;
  /** How many pages the last try has left in the log: another program was reading them, or it has failed. */
  #left_pages = 0;
  /** After so many new pages a checkpoint is made. */
  #due_pages = pages.first;
  /** Whether the note on disk knows how many checkpoints were begun; a full disk may have no room for it. */
  #isNoted = false;
  #commits = 0;
  #isAsked = false;
  #hasEnded = false;
  readonly #cancel: () => void;

  /** Begins; `path` is the file that was opened. */
  constructor(path: string, parts: Parts) {
    this.#parts = parts;
    this.#file = realPath(path);
    this.#descriptor = openSync(this.#file, 'r+');
    this.#begun = this.#counted();
    this.#page = pageIn(parts.sqlite);
    this.#in_file = countedIn(this.#descriptor, this.#page);
    this.#isShared = readNote(this.#file)?.shared ?? false;
    this.#made_ms = parts.clock.steady();
    this.#guard(() => this.#note());
    // A server that was killed may have left a large log.
    this.#guard(() => this.#makeIfDue());
    this.#cancel = parts.clock.every(look_ms, () => this.#look());
  }

  /** Called after each commit: a busy server writes thousands of pages a second. */
  committed(): void {
    this.#commits += 1;
    if (this.#commits % look_commits !== 0 || this.#isAsked || this.#isShared || !this.#isLong())
      return;
    this.#isAsked = true;
    this.#parts.soon(() => {
      this.#isAsked = false;
      if (!this.#hasEnded) this.#guard(() => this.#makeIfDue());
    });
  }

  /** Puts the log into the file; called before the database is closed. */
  end(): void {
    this.#cancel();
    this.#hasEnded = true;
    // A program that shares the log goes on reading it: cut short, it would have to copy everything anew.
    this.#guard(() => this.#make(this.#isShared ? 'PASSIVE' : 'TRUNCATE'));
    this.#guard(() => expectCheckpoint(this.#file));
  }

  /** Lets go of the file; called after the database was closed. */
  close(): void {
    // Another program that reads has kept SQLite from putting all of the log into the file.
    if (existsSync(`${this.#file}-wal`)) this.#guard(() => this.#note());
    closeSync(this.#descriptor);
  }

  #look(): void {
    this.#guard(() => {
      this.#notice();
      this.#makeIfDue();
    });
  }

  #makeIfDue(): void {
    // Pages stay in the log after a checkpoint, until the next write begins it anew.
    if (this.#waiting() === 0) return;
    const isDue = this.#parts.clock.steady() - this.#made_ms >= rarely_ms;
    if (isDue || this.#isLong()) this.#make('PASSIVE');
  }

  #isLong(): boolean {
    if (this.#isShared) return this.#size().log >= maxShared_pages;
    return this.#waiting() - this.#left_pages >= this.#due_pages;
  }

  /** The pages of the log that are not in the file yet. */
  #waiting(): number {
    const { log, checkpointed } = this.#size();
    return log - checkpointed;
  }

  /** The pages of the log, and how many of them are in the file. */
  #size(): Record<'log' | 'checkpointed', number> {
    const none = { log: 0, checkpointed: 0 };
    return this.#parts.sqlite.query<typeof none, []>('PRAGMA wal_checkpoint(NOOP)').get() ?? none;
  }

  /** Notices a file that another program has changed: it makes checkpoints as well. */
  #notice(): void {
    if (!this.#isNoted) {
      // It was this server that has changed the file.
      this.#note();
      return;
    }
    const [now, note] = [factsOf(this.#file), readNote(this.#file)];
    if (now === null || note === null) return;
    const isSame = now.size === note.size && now.time === note.time;
    const isShared =
      this.#isShared || !isSame || this.#parts.sqlite.query(litestreamTable).get() !== null;
    if (isSame && isShared === this.#isShared) return;
    if (!this.#isShared) this.#parts.shares();
    this.#isShared = isShared;
    this.#in_file = countedIn(this.#descriptor, this.#page) ?? this.#in_file;
    this.#note();
  }

  #make(mode: 'PASSIVE' | 'TRUNCATE'): void {
    const { sqlite, clock } = this.#parts;
    const began_ms = clock.steady();
    const waiting = this.#waiting();
    this.#left_pages = waiting;
    // A start allows for one number that the note does not know: without a note there is no second checkpoint.
    if (!this.#isNoted) this.#note();
    this.#isNoted = false;
    sqlite.query('UPDATE this_database SET checkpoints = checkpoints + 1 WHERE id = 1').run();
    this.#begun = this.#counted();
    // In its place, which is on disk at once: the file changes from here on.
    expectCheckpoint(this.#file);
    try {
      const done = sqlite
        .query<{ busy: number; log: number; checkpointed: number }, []>(
          `PRAGMA wal_checkpoint(${mode})`,
        )
        .get();
      if (done?.busy === 0 && done.log === done.checkpointed) this.#in_file = this.#begun;
      // SQLite syncs what is in the file, but not always its time.
      fsyncSync(this.#descriptor);
    } finally {
      this.#note();
    }
    this.#left_pages = this.#waiting();
    this.#made_ms = clock.steady();
    if (waiting >= pages.min) this.#learn(waiting, this.#made_ms - began_ms);
  }

  /** Has the next checkpoint take about as long as it should; half of what one tells may be chance. */
  #learn(count: number, took_ms: number): void {
    const fit = (count * should_ms) / Math.max(took_ms, 0.1);
    this.#due_pages = (this.#due_pages + Math.min(pages.max, Math.max(pages.min, fit))) / 2;
  }

  #counted(): number {
    const row = this.#parts.sqlite
      .query<{ checkpoints: number }, []>('SELECT checkpoints FROM this_database WHERE id = 1')
      .get();
    return row?.checkpoints ?? 0;
  }

  /** Notes the file as it is now. */
  #note(): void {
    const now = factsOf(this.#file);
    if (now === null) return;
    const [begun, in_file, shared] = [this.#begun, this.#in_file, this.#isShared];
    const page = this.#page;
    const print = sampleOf(this.#descriptor, now.size);
    writeNote(this.#file, {
      state: 'settled',
      ...now,
      sample: print,
      begun,
      in_file,
      page,
      shared,
    });
    this.#isNoted = true;
  }

  /** A checkpoint that cannot be made is tried again; the log holds everything meanwhile. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      // Of the others the writer tells as well.
      const trouble = troubleOf(error);
      if (trouble === null || trouble === 'failing') this.#parts.failed(error);
    }
  }
}

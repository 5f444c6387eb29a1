// A database file with checkpoints, without the rest of a server: killed, copied and opened again.
import { Database } from 'bun:sqlite';
import { afterAll, expect } from 'bun:test';
import { cpSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Checkpoints } from '../../src/db/checkpoints.ts';
import { openDatabase, type Db } from '../../src/db/open.ts';
import { FakeClock } from './clock.ts';
import { Folder } from './folder.ts';

export const all = new Folder();
afterAll(() => all[Symbol.dispose]());

export const parts = ['', '-wal', '-checkpoint'];

/** A database with checkpoints, as a server has it. */
export class Served {
  readonly folder = join(all.path, crypto.randomUUID());
  readonly path = join(this.folder, 'accord.db');
  readonly clock = new FakeClock();
  readonly db: Db;
  readonly #checkpoints: Checkpoints;
  shares = 0;
  /** Whether a checkpoint may fail. */
  mayFail = false;
  #written = 0;

  constructor() {
    mkdirSync(this.folder);
    this.db = openDatabase(this.path, 'full');
    this.db.sqlite.run('CREATE TABLE notes (n INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT');
    this.#checkpoints = new Checkpoints(this.path, {
      sqlite: this.db.sqlite,
      clock: this.clock,
      failed: (error) => {
        if (!this.mayFail) throw error;
      },
      shares: () => {
        this.shares += 1;
      },
      soon: (run) => run(),
    });
  }

  /** Writes rows of about a page each, in one commit. */
  write(rows: number): void {
    const insert = this.db.sqlite.query('INSERT INTO notes VALUES (?, ?)');
    this.db.sqlite.run('BEGIN');
    for (let n = 0; n < rows; n += 1) insert.run((this.#written += 1), 'x'.repeat(3_000));
    this.db.sqlite.run('COMMIT');
    this.#checkpoints.committed();
  }

  /** How many checkpoints were begun. */
  get checkpoints(): number {
    const row = this.db.sqlite
      .rows({ checkpoints: 'number' }, 'SELECT checkpoints FROM this_database')
      .get();
    return row?.checkpoints ?? 0;
  }

  get logPages(): number {
    const row = this.db.sqlite
      .query<{ log: number; checkpointed: number }, []>('PRAGMA wal_checkpoint(NOOP)')
      .get();
    return (row?.log ?? 0) - (row?.checkpointed ?? 0);
  }

  /** Until the log has been put into the file. */
  async checkpoint(): Promise<void> {
    await this.clock.pass(62_000);
    expect(this.logPages).toBe(0);
  }

  /** A copy of what the database holds now. */
  copy(how: 'vacuum' | 'serialize' = 'vacuum'): string {
    const path = join(this.folder, `${crypto.randomUUID()}.copy`);
    const other = new Database(this.path);
    if (how === 'vacuum') other.run('VACUUM INTO ?', [path]);
    else writeFileSync(path, other.serialize());
    other.close();
    return path;
  }

  /** The files as a kill -9 leaves them, in a folder of their own. */
  killed(keepTimes = true): string {
    const path = join(all.path, `${crypto.randomUUID()}.db`);
    for (const part of parts) {
      cpSync(this.path + part, path + part, { preserveTimestamps: keepTimes });
    }
    if (!keepTimes) return path;
    // These are the files themselves, so the database was made when the note says.
    const name = `${path}-checkpoint`;
    const { mtimeMs } = statSync(name);
    const { birthtimeMs } = statSync(path);
    const note = JSON.parse(readFileSync(name, 'utf8'));
    writeFileSync(name, JSON.stringify({ ...note, made: note.made && Math.floor(birthtimeMs) }));
    utimesSync(name, mtimeMs / 1000, mtimeMs / 1000);
    return path;
  }

  end(): void {
    this.#checkpoints.end();
    this.db.sqlite.close();
  }
}

/** How many notes a start finds; what it says if it is refused. */
export function started(path: string): number | string {
  try {
    const { sqlite } = openDatabase(path, 'full');
    const check = sqlite.query<{ integrity_check: string }, []>('PRAGMA integrity_check').get();
    expect(check?.integrity_check).toBe('ok');
    const row = sqlite.query<{ n: number }, []>('SELECT count(*) AS n FROM notes').get();
    sqlite.close();
    return row?.n ?? 0;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

// The door to transactions by itself, over a file, with consequences of a test's own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { AccessMoves, App, Turn } from '../../src/app.ts';
import { openDatabase } from '../../src/db/open.ts';
import { event } from '../../src/events/event.ts';
import { Hub } from '../../src/events/hub.ts';
import { newestKept } from '../../src/events/numbers.ts';
import { RowCache } from '../../src/lib/row-cache.ts';
import type { Consequence } from '../../src/consequence.ts';
import { Writer } from '../../src/write.ts';

/** What the turns of tests tell. */
export const noted = event('test.noted', {
  summary: 'A note',
  intent: null,
  audience: 'users',
  data: z.object({ text: z.string() }),
});

const noMoves: AccessMoves = { changed() {}, plan: () => null };

/** `steady` is the clock by which a batch is too long, in milliseconds: it stands still unless a test moves it. */
export function openWriter(
  consequences: readonly Consequence[] = [],
  steady: () => number = () => 0,
) {
  const folder = mkdtempSync(join(tmpdir(), 'accord-turns-'));
  const path = join(folder, 'accord.db');
  const db = openDatabase(path, 'full');
  db.sqlite.run('CREATE TABLE notes (text TEXT NOT NULL)');
  const hub = new Hub();
  const logged: string[] = [];
  const log = {
    debug() {},
    info() {},
    warn() {},
    notice() {},
    error: (_fields: object, message: string) => void logged.push(message),
  };
  const cache = new RowCache();
  const seq = newestKept(db);
  let id = 0;
  const writer = new Writer({
    pace: { share: (batch) => batch(Infinity) },
    db,
    hub,
    cache,
    log,
    times: () => ({ now: 0, steady: 0 }),
    steady,
    id: () => String((id += 1)),
    seq,
    consequences,
    strict: true,
    committed() {},
  });
  writer.connect({ db, cache, hub } as unknown as App, noMoves);
  return {
    writer,
    db,
    path,
    logged,
    /** All notes that are on disk and not in an open transaction. */
    notes(from = db): string[] {
      const rows = from.sqlite.query<{ text: string }, []>('SELECT text FROM notes').all();
      return rows.map(({ text }) => text);
    },
    /** What the log holds, as number and text. */
    told(): [number, string][] {
      const rows = db.sqlite
        .query<{ seq: number; bytes: string }, []>('SELECT seq, bytes FROM events ORDER BY seq')
        .all();
      return rows.map(({ seq: number, bytes }) => [number, JSON.parse(bytes).data.text]);
    },
    [Symbol.dispose]() {
      writer.close();
      db.sqlite.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A turn that writes a note and tells of it. */
export function note(text: string) {
  return (turn: Turn): string => {
    turn.tx.sqlite.query('INSERT INTO notes VALUES (?)').run(text);
    turn.tell(noted, { user_ids: ['1'] }, { text });
    return text;
  };
}

/** The same turn, which then refuses. */
export function failingNote(text: string) {
  return (turn: Turn): never => {
    note(text)(turn);
    throw new Error(`no ${text}`);
  };
}

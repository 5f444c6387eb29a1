// The numbers of events: none is ever given twice, not even by a database that was restored.
import type { Db, Tx } from '../db/open.ts';
import { prunedSeq } from './log.ts';

/**
 * How far a start goes beyond the newest number that it finds, if the clock does not go further:
 * more than a power cut can lose when not every commit is synced, or a restore has taken back.
 */
const gap = 1_000_000;

/** So many starts are remembered; a client that was away for longer has to begin anew anyway. */
const maxStarts = 10_000;

/** From here on numbers follow the newest one, whatever the clock says: they stay below 2^53. */
const maxFromClock = 2 ** 52;

/** Returns the newest number in the database; 0 if none was ever given. */
export function newestKept(db: Db): number {
  const row = db.sqlite
    .rows({ seq: 'number' }, "SELECT seq FROM sqlite_sequence WHERE name = 'events'")
    .get();
  return row?.seq ?? 0;
}

/** Saves a number that no event has, so that no event gets it after a restart. */
export function keepSeq(tx: Tx, seq: number): void {
  const { changes } = tx.sqlite
    .query("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'events'")
    .run(seq);
  if (changes > 0) return;
  tx.sqlite.query("INSERT INTO sqlite_sequence (name, seq) VALUES ('events', ?)").run(seq);
}

/**
 * Returns the number with which a start begins: microseconds since the Unix epoch (`now_ms` in
 * milliseconds), but above every number that it finds. The database may be an older copy, whose
 * clients hold higher numbers. So the ones that were skipped are kept: RESUME refuses them.
 */
export function beginNumbers(tx: Tx, now_ms: number): number {
  const { sqlite } = tx;
  sqlite.run('BEGIN IMMEDIATE');
  try {
    const first = skipTo(tx, Math.floor(now_ms) * 1000);
    sqlite.run('COMMIT');
    return first;
  } finally {
    // A part of it would have RESUME refuse numbers that this run gives.
    if (sqlite.inTransaction) sqlite.run('ROLLBACK');
  }
}

/** Skips numbers up to that one, or a little more than the newest one; returns the last of them. */
function skipTo(tx: Tx, clock: number): number {
  const last = newestKept(tx);
  const first = Math.max(last + gap, clock < maxFromClock ? clock : 0);
  const { sqlite } = tx;
  sqlite.query('DELETE FROM event_starts WHERE first_seq <= ?').run(prunedSeq(tx));
  // Also one that gave no number is a start of its own: clients hold the number that it began with.
  sqlite.query('INSERT INTO event_starts (first_seq, last_seq) VALUES (?, ?)').run(first, last);
  sqlite
    .query(
      `DELETE FROM event_starts WHERE first_seq <=
         (SELECT first_seq FROM event_starts ORDER BY first_seq DESC LIMIT 1 OFFSET ?)`,
    )
    .run(maxStarts);
  keepSeq(tx, first);
  return first;
}

/** Tells whether a start skipped the number: who holds it got it in a time that was taken back. */
export function isSkipped(db: Db, seq: number): boolean {
  const next = db.sqlite
    .rows(
      { last_seq: 'number' },
      'SELECT last_seq FROM event_starts WHERE first_seq > ? ORDER BY first_seq LIMIT 1',
    )
    .get(seq);
  return next !== null && next.last_seq < seq;
}

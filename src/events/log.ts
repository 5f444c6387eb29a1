// The durable event log: events and their scopes, kept until they are too old or too many.
import type { Db, Tx } from '../db/open.ts';

export interface LogEntry {
  seq: number;
  at: number;
  intent: number | null;
  subject: string | null;
  /** Scopes whose listeners do not get the event. */
  hidden_from: readonly string[];
  bytes: string;
}

/** Size of an event in bytes: its frame, and about 80 for the row and its scopes. */
export const rowSize = '(octet_length(e.bytes) + 80)';

/** Writes one event with all its scopes. */
export function appendEvent(tx: Tx, entry: LogEntry, scopes: readonly string[]): void {
  const hidden_from = entry.hidden_from.length === 0 ? null : JSON.stringify(entry.hidden_from);
  tx.sqlite
    .query(
      'INSERT INTO events (seq, at, intent, subject, hidden_from, bytes) VALUES (?, ?, ?, ?, ?, ?)',
    )
    .run(entry.seq, entry.at, entry.intent, entry.subject, hidden_from, entry.bytes);
  const insert = tx.sqlite.query('INSERT OR IGNORE INTO event_scopes (scope, seq) VALUES (?, ?)');
  for (const scope of scopes) insert.run(scope, entry.seq);
}

/** Removes the events about deleted messages from the log. `subjects`: ids of the messages. */
export function forgetSubjects(tx: Tx, subjects: readonly string[]): void {
  const { counted_seq } = logState(tx);
  const sizes = tx.sqlite.rows(
    { size: 'number?' },
    `SELECT sum(${rowSize}) AS size FROM events e WHERE subject = ? AND seq <= ?`,
  );
  const scopes = tx.sqlite.query(
    'DELETE FROM event_scopes WHERE seq IN (SELECT seq FROM events WHERE subject = ?)',
  );
  const rows = tx.sqlite.query('DELETE FROM events WHERE subject = ?');
  let freed_bytes = 0;
  for (const subject of subjects) {
    freed_bytes += sizes.get(subject, counted_seq)?.size ?? 0;
    scopes.run(subject);
    rows.run(subject);
  }
  if (freed_bytes > 0) {
    tx.sqlite.query('UPDATE event_log SET size_bytes = size_bytes - ?').run(freed_bytes);
  }
}

/** A logged event: its frame, and the id of the message that it is about, or null. */
export type Stored = Readonly<{ frame: string; subject: string | null }>;

/** Reads these events, in order, without those that are gone since their message was deleted. */
export function readEvents(db: Db, seqs: readonly number[]): Stored[] {
  return db.sqlite
    .rows(
      { frame: 'text', subject: 'text?' },
      `SELECT bytes AS frame, subject FROM events
        WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq`,
    )
    .all(JSON.stringify(seqs));
}

/** Inserts the one row of `event_log` if it is missing. */
export function beginLog(tx: Tx): void {
  tx.sqlite.query('INSERT INTO event_log (id) VALUES (1) ON CONFLICT DO NOTHING').run();
}

/** Writes what is there already: shows whether the database can be written. */
export function touchLog(tx: Tx): void {
  tx.sqlite.query('UPDATE event_log SET pruned_seq = pruned_seq WHERE id = 1').run();
}

function logState(db: Db) {
  const row = db.sqlite
    .rows(
      { pruned_seq: 'number', size_bytes: 'number', counted_seq: 'number' },
      'SELECT pruned_seq, size_bytes, counted_seq FROM event_log WHERE id = 1',
    )
    .get();
  return row ?? { pruned_seq: 0, size_bytes: 0, counted_seq: 0 };
}

/** Returns the highest number that was pruned; events up to it cannot be replayed. */
export function prunedSeq(db: Db): number {
  return logState(db).pruned_seq;
}

/** Maximum number of events counted in one turn. */
const countSlice = 20_000;

/** Adds events that are not counted yet to the log's size; returns whether all are counted now. */
function countLog(tx: Tx): boolean {
  const { size_bytes, counted_seq } = logState(tx);
  const fresh = tx.sqlite
    .rows(
      { n: 'number', last: 'number?', size: 'number?' },
      `SELECT count(*) AS n, max(seq) AS last, sum(size) AS size FROM (
         SELECT seq, ${rowSize} AS size FROM events e WHERE seq > ? ORDER BY seq LIMIT ?)`,
    )
    .get(counted_seq, countSlice);
  if (!fresh || fresh.last === null) return true;
  tx.sqlite
    .query('UPDATE event_log SET size_bytes = ?, counted_seq = ? WHERE id = 1')
    .run(size_bytes + (fresh.size ?? 0), fresh.last);
  return fresh.n < countSlice;
}

/**
 * Removes the oldest events, at most `slice` of them: those from before `before_ms`, and those that
 * make the log larger than `limit_bytes`. Returns whether there is more to do.
 */
export function pruneLog(tx: Tx, before_ms: number, limit_bytes: number, slice: number): boolean {
  const isCounted = countLog(tx);
  const { counted_seq, size_bytes } = logState(tx);
  let left_bytes = size_bytes;
  const oldest = tx.sqlite
    .rows(
      { seq: 'number', at: 'number', size: 'number' },
      `SELECT seq, at, ${rowSize} AS size FROM events e WHERE seq <= ? ORDER BY seq LIMIT ?`,
    )
    .all(counted_seq, slice);
  let last = 0;
  let count = 0;
  // An event is as old as any later one, even if a clock that was ahead says otherwise.
  const aged = oldest.findLastIndex(({ at }) => at < before_ms);
  for (const [index, { seq, size }] of oldest.entries()) {
    if (index > aged && left_bytes <= limit_bytes) break;
    last = seq;
    count += 1;
    left_bytes -= size;
  }
  if (count === 0) return !isCounted;
  tx.sqlite.query('DELETE FROM event_scopes WHERE seq <= ?').run(last);
  tx.sqlite.query('DELETE FROM events WHERE seq <= ?').run(last);
  tx.sqlite
    .query('UPDATE event_log SET pruned_seq = ?, size_bytes = ? WHERE id = 1')
    .run(last, left_bytes);
  return !isCounted || count === slice;
}

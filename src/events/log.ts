// The durable event log: events and their scopes, kept until they are too old or too many.
import type { Db, Tx } from '../db/open.ts';
import { framesOf } from './short.ts';
import { addToShares, sharesOf } from './shares.ts';

export interface LogEntry {
  seq: number;
  at: number;
  intent: number | null;
  subject: string | null;
  /** Scopes whose listeners do not get the event. */
  hidden_from: readonly string[];
  /** The frame, or what is kept of it. */
  bytes: string;
  /** The size of the frame as it was sent, if it is kept short (`short.ts`). */
  sent_bytes?: number | null;
  /** The account whose share of the log it takes; none for what the server does by itself. */
  account_id?: string | null;
  /** What it shows whole: an earlier event that showed the same goes. */
  newest_of?: string | null;
}

/** Size of an event in bytes: what is kept of its frame, and about 180 for its row, its scopes and their indexes. */
export const rowSize = '(octet_length(e.bytes) + 180)';

/** Size of an event in bytes as it is sent. */
export const sentSize = 'coalesce(e.sent_bytes, octet_length(e.bytes))';

/** Writes one event with all its scopes. */
export function appendEvent(tx: Tx, entry: LogEntry, scopes: readonly string[]): void {
  const { account_id = null, newest_of = null, sent_bytes = null } = entry;
  // A session that missed the earlier one gets this one, which has a higher number.
  if (newest_of !== null) forget(tx, 'newest_of', [newest_of]);
  const hidden_from = entry.hidden_from.length === 0 ? null : JSON.stringify(entry.hidden_from);
  tx.sqlite
    .query(
      `INSERT INTO events (seq, at, intent, subject, hidden_from, bytes, sent_bytes, account_id, newest_of)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      entry.seq,
      entry.at,
      entry.intent,
      entry.subject,
      hidden_from,
      entry.bytes,
      sent_bytes,
      account_id,
      newest_of,
    );
  const insert = tx.sqlite.query('INSERT OR IGNORE INTO event_scopes (scope, seq) VALUES (?, ?)');
  for (const scope of scopes) insert.run(scope, entry.seq);
}

const logged = {
  seq: 'number',
  subject: 'text?',
  bytes: 'text',
  sent_bytes: 'number?',
} as const;

/** Removes the events about deleted messages from the log. `subjects`: ids of the messages. */
export function forgetSubjects(tx: Tx, subjects: readonly string[]): void {
  forget(tx, 'subject', subjects);
}

/** Removes the events that have one of these values in a column. */
function forget(tx: Tx, column: 'subject' | 'newest_of', values: readonly string[]): void {
  const events = tx.sqlite.rows(
    { seq: 'number', account_id: 'text?', size: 'number' },
    `SELECT seq, account_id, ${rowSize} AS size FROM events e WHERE ${column} = ?`,
  );
  const found = values.flatMap((value) => events.all(value));
  removeEvents(tx, found);
}

/**
 * Changes the frames of the logged events about a message that begin so, and keeps them whole; the
 * log's size follows. `subject`: the id of the message, whose row must still be as it was.
 */
export function rewriteEvents(
  tx: Tx,
  { subject, begins }: { subject: string; begins: string },
  rewrite: (frame: string) => string,
): void {
  const found = tx.sqlite
    .rows(
      { ...logged, account_id: 'text?' },
      'SELECT seq, subject, bytes, sent_bytes, account_id FROM events WHERE subject = ?',
    )
    .all(subject);
  const frames = framesOf(tx, found);
  for (const event of found) {
    const frame = frames.get(event.seq);
    if (frame?.startsWith(begins)) writeAnew(tx, event, rewrite(frame));
  }
}

/**
 * Of the logged events about a message keeps those whose frames begin so, or that are kept short
 * with that mark, as `frameOf` writes them. All others go.
 */
export function keepAnew(
  tx: Tx,
  { subject, begins, mark }: { subject: string; begins: string; mark: string },
  frameOf: (seq: number) => string,
): void {
  const found = tx.sqlite
    .rows(
      { ...logged, account_id: 'text?', size: 'number' },
      `SELECT seq, subject, bytes, sent_bytes, account_id, ${rowSize} AS size
         FROM events e WHERE subject = ?`,
    )
    .all(subject);
  const isKept = ({ bytes, sent_bytes }: (typeof found)[number]) =>
    bytes.startsWith(sent_bytes === null ? begins : mark);
  removeEvents(
    tx,
    found.filter((event) => !isKept(event)),
  );
  for (const event of found.filter(isKept)) writeAnew(tx, event, frameOf(event.seq));
}

/** Keeps an event whole, with this frame. */
function writeAnew(
  tx: Tx,
  { seq, account_id, bytes }: { seq: number; account_id: string | null; bytes: string },
  frame: string,
): void {
  tx.sqlite.query('UPDATE events SET bytes = ?, sent_bytes = NULL WHERE seq = ?').run(frame, seq);
  if (seq > logState(tx).counted_seq) return;
  const size = Buffer.byteLength(frame) - Buffer.byteLength(bytes);
  tx.sqlite.query('UPDATE event_log SET size_bytes = size_bytes + ?').run(size);
  addToShares(tx, sharesOf([{ account_id, size }]));
}

/** Removes events from the log; those that are counted are not counted any more. */
export function removeEvents(
  tx: Tx,
  events: readonly { seq: number; account_id: string | null; size: number }[],
): void {
  if (events.length === 0) return;
  const seqs = JSON.stringify(events.map(({ seq }) => seq));
  for (const table of ['event_scopes', 'events']) {
    tx.sqlite.query(`DELETE FROM ${table} WHERE seq IN (SELECT value FROM json_each(?))`).run(seqs);
  }
  const { counted_seq } = logState(tx);
  const counted = events.filter(({ seq }) => seq <= counted_seq);
  if (counted.length === 0) return;
  const freed_bytes = counted.reduce((sum, { size }) => sum + size, 0);
  tx.sqlite.query('UPDATE event_log SET size_bytes = size_bytes - ?').run(freed_bytes);
  addToShares(tx, sharesOf(counted), -1);
}

/** A logged event: its frame, when it was told, and the id of the message that it is about, or null. */
export type Stored = Readonly<{ frame: string; at: number; subject: string | null }>;

/** Reads these events, in order, without those that are gone since their message was deleted. */
export function readEvents(db: Db, seqs: readonly number[]): Stored[] {
  const rows = db.sqlite
    .rows(
      { ...logged, at: 'number' },
      `SELECT seq, subject, bytes, sent_bytes, at FROM events
        WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq`,
    )
    .all(JSON.stringify(seqs));
  const frames = framesOf(db, rows);
  return rows.flatMap(({ seq, at, subject }) => {
    const frame = frames.get(seq);
    return frame === undefined ? [] : [{ frame, at, subject }];
  });
}

/** Inserts the one row of `event_log` if it is missing. */
export function beginLog(tx: Tx): void {
  tx.sqlite.query('INSERT INTO event_log (id) VALUES (1) ON CONFLICT DO NOTHING').run();
}

/** Writes what is there already: shows whether the database can be written. */
export function touchLog(tx: Tx): void {
  tx.sqlite.query('UPDATE event_log SET pruned_seq = pruned_seq WHERE id = 1').run();
}

export function logState(db: Db) {
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

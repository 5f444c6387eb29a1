// The durable event log: what was told, to which scopes, until age or size ends it.
import type { Db, Tx } from '../db/open.ts';

export interface LogEntry {
  seq: number;
  at: number;
  intent: number | null;
  subject: string | null;
  /** Scopes whose listeners are left out. */
  hidden_from: readonly string[];
  bytes: string;
}

/** The highest number that is in use: of an event or of a change of access. */
export function highestSeq(db: Db): number {
  const row = db.sqlite
    .query<{ seq: number | null }, []>(
      `SELECT max(seq) AS seq FROM (
         SELECT seq FROM sqlite_sequence WHERE name = 'events'
         UNION ALL SELECT max(moved_seq) FROM gateway_sessions)`,
    )
    .get();
  return row?.seq ?? 0;
}

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

/** Takes what was told of deleted messages out of the log. */
export function forgetSubjects(tx: Tx, subjects: readonly string[]): void {
  const scopes = tx.sqlite.query(
    'DELETE FROM event_scopes WHERE seq IN (SELECT seq FROM events WHERE subject = ?)',
  );
  const rows = tx.sqlite.query('DELETE FROM events WHERE subject = ?');
  for (const subject of subjects) {
    scopes.run(subject);
    rows.run(subject);
  }
}

/** The intents are filtered in the query, so that its limit counts only what the session asked for. */
const missedOfScope = `SELECT e.seq AS seq, length(e.bytes) AS size, e.hidden_from AS hidden_from
  FROM event_scopes s JOIN events e ON e.seq = s.seq
 WHERE s.scope = ?1 AND s.seq > ?2 AND s.seq <= ?3
   AND (e.intent IS NULL OR (?4 & (1 << e.intent)) <> 0)
 ORDER BY s.seq LIMIT ?5`;

export interface MissedRange {
  /** The last number that the session saw. */
  after: number;
  /** The newest number to replay. */
  head: number;
  /** Bits of the intents that the session asked for. */
  mask: number;
  limit: number;
  limit_bytes: number;
}

/** The numbers of what a session missed, in order, each once; null when it is more than the limits. */
export function missedSeqs(
  db: Db,
  scopes: ReadonlySet<string>,
  range: MissedRange,
): number[] | null {
  const query = db.sqlite.query<
    { seq: number; size: number; hidden_from: string | null },
    [string, number, number, number, number]
  >(missedOfScope);
  const seqs = new Set<number>();
  let bytes = 0;
  for (const scope of scopes) {
    const rows = query.all(scope, range.after, range.head, range.mask, range.limit + 1);
    // More than may be replayed, whether or not some of it is hidden.
    if (rows.length > range.limit) return null;
    for (const { seq, size, hidden_from } of rows) {
      if (seqs.has(seq) || isHidden(hidden_from, scopes)) continue;
      seqs.add(seq);
      bytes += size;
      if (seqs.size > range.limit || bytes > range.limit_bytes) return null;
    }
  }
  return [...seqs].toSorted((a, b) => a - b);
}

/** Whether an event leaves out who hears these scopes. */
function isHidden(hidden_from: string | null, scopes: ReadonlySet<string>): boolean {
  if (hidden_from === null) return false;
  return (JSON.parse(hidden_from) as string[]).some((scope) => scopes.has(scope));
}

/** The frame of an event; null when it is no longer in the log (its message was deleted). */
export function readFrame(db: Db, seq: number): string | null {
  const row = db.sqlite
    .query<{ bytes: string }, [number]>('SELECT bytes FROM events WHERE seq = ?')
    .get(seq);
  return row?.bytes ?? null;
}

/** The greatest number that pruning has removed; what lies at or below it cannot be replayed. */
export function prunedSeq(db: Db): number {
  const row = db.sqlite
    .query<{ seq: number }, []>('SELECT pruned_seq AS seq FROM event_log WHERE id = 1')
    .get();
  return row?.seq ?? 0;
}

/**
 * Removes the oldest events: those from before `before_ms`, and those that make the log larger than
 * `limit_bytes`; at most `slice` of them. Answers how many went.
 */
export function pruneLog(tx: Tx, before_ms: number, limit_bytes: number, slice: number): number {
  const oldest = tx.sqlite
    .query<{ seq: number; at: number; size: number }, [number]>(
      'SELECT seq, at, length(bytes) AS size FROM events ORDER BY seq LIMIT ?',
    )
    .all(slice);
  let surplus = logSize(tx) - limit_bytes;
  let last = 0;
  let count = 0;
  let freed = 0;
  for (const { seq, at, size } of oldest) {
    if (at >= before_ms && surplus <= 0) break;
    last = seq;
    count += 1;
    freed += size;
    surplus -= size;
  }
  if (count === 0) return 0;
  tx.sqlite.query('DELETE FROM event_scopes WHERE seq <= ?').run(last);
  tx.sqlite.query('DELETE FROM events WHERE seq <= ?').run(last);
  tx.sqlite.query('UPDATE event_log SET pruned_seq = ? WHERE id = 1').run(last);
  return count;
}

/** The bytes that the log takes, near enough: rows are counted by the newest and oldest number. */
function logSize(db: Db): number {
  const row = db.sqlite
    .query<{ oldest: number | null; newest: number | null }, []>(
      'SELECT min(seq) AS oldest, max(seq) AS newest FROM events',
    )
    .get();
  if (!row || row.oldest === null || row.newest === null) return 0;
  const sample = db.sqlite
    .query<{ size: number | null }, []>(
      'SELECT avg(length(bytes)) AS size FROM (SELECT bytes FROM events ORDER BY seq DESC LIMIT 200)',
    )
    .get();
  return (row.newest - row.oldest + 1) * ((sample?.size ?? 0) + 80);
}

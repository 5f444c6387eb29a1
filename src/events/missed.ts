// Finds in the event log what a session missed, page by page, so that other work can run between.
import type { Db } from '../db/open.ts';
import { sentSize } from './log.ts';

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

export interface Missed {
  seq: number;
  bytes: number;
}

/** Also those that the session did not ask for, so that a page is no more work than it holds. */
const pageOfScope = `SELECT e.seq AS seq, ${sentSize} AS size, e.hidden_from AS hidden_from,
       (e.intent IS NULL OR (?4 & (1 << e.intent)) <> 0) AS heard
  FROM event_scopes s JOIN events e ON e.seq = s.seq
 WHERE s.scope = ?1 AND s.seq > ?2 AND s.seq <= ?3
 ORDER BY s.seq LIMIT ?5`;

/** The events of a few numbers, whoever hears them, with a row for each of their scopes. */
const pageOfNumbers = `SELECT e.seq AS seq, ${sentSize} AS size, e.hidden_from AS hidden_from,
       (e.intent IS NULL OR (?3 & (1 << e.intent)) <> 0) AS heard, s.scope AS scope
  FROM event_scopes s JOIN events e ON e.seq = s.seq
 WHERE s.seq > ?1 AND s.seq <= ?2 ORDER BY s.seq LIMIT ?4`;

const page_rows = 1_000;
/** With more missed rows in one scope there is no replay, whatever intents the session has. */
const maxLooked = 50_000;
/** The most rows in one slice; a scope costs as much as some rows. */
const slice_rows = 2_000;
const scopeCost_rows = 3;

/**
 * Returns the events that a session missed, in order, each once; null if they exceed a limit. Yields
 * after each slice of work. A few numbers are looked through in one slice, however many scopes there
 * are: else a session with many would never have seen everything that was told meanwhile.
 */
export function* missedEvents(
  db: Db,
  scopes: ReadonlySet<string>,
  range: MissedRange,
): Generator<undefined, Missed[] | null> {
  const few = readFew(db, range);
  if (few !== null) return fewMissed(few, scopes, range);
  const missed = new Map<number, number>();
  let bytes = 0;
  let left_rows = slice_rows;
  for (const scope of scopes) {
    left_rows -= scopeCost_rows;
    let looked = 0;
    for (let after: number | null = range.after; after !== null;) {
      const page = readPage(db, scope, after, range);
      for (const { seq, size, hidden_from, heard } of page) {
        if (heard === 0 || missed.has(seq) || isHidden(hidden_from, scopes)) continue;
        missed.set(seq, size);
        bytes += size;
        if (missed.size > range.limit || bytes > range.limit_bytes) return null;
      }
      after = page.length < page_rows ? null : (page.at(-1)?.seq ?? null);
      looked += page.length;
      if (looked > maxLooked) return null;
      left_rows -= page.length;
      if (left_rows > 0) continue;
      left_rows = slice_rows;
      yield;
    }
  }
  return Array.from(missed, ([seq, size]) => ({ seq, bytes: size })).toSorted(
    (a, b) => a.seq - b.seq,
  );
}

/** Reads all events of the range; null if they may be too many for one slice. */
function readFew(db: Db, { after, head, mask }: MissedRange) {
  if (head - after > slice_rows) return null;
  const rows = db.sqlite
    .rows(
      { seq: 'number', size: 'number', hidden_from: 'text?', heard: 'number', scope: 'text' },
      pageOfNumbers,
    )
    .all(after, head, mask, slice_rows + 1);
  return rows.length > slice_rows ? null : rows;
}

function fewMissed(
  rows: NonNullable<ReturnType<typeof readFew>>,
  scopes: ReadonlySet<string>,
  { limit, limit_bytes }: MissedRange,
): Missed[] | null {
  const missed = new Map<number, number>();
  let bytes = 0;
  for (const { seq, size, hidden_from, heard, scope } of rows) {
    if (heard === 0 || !scopes.has(scope) || missed.has(seq)) continue;
    if (isHidden(hidden_from, scopes)) continue;
    missed.set(seq, size);
    bytes += size;
  }
  if (missed.size > limit || bytes > limit_bytes) return null;
  return Array.from(missed, ([seq, size]) => ({ seq, bytes: size }));
}

function readPage(db: Db, scope: string, after: number, { head, mask }: MissedRange) {
  return db.sqlite
    .rows({ seq: 'number', size: 'number', hidden_from: 'text?', heard: 'number' }, pageOfScope)
    .all(scope, after, head, mask, page_rows);
}

/** Tells whether an event is hidden from a session with these scopes. */
function isHidden(hidden_from: string | null, scopes: ReadonlySet<string>): boolean {
  if (hidden_from === null) return false;
  return (JSON.parse(hidden_from) as string[]).some((scope) => scopes.has(scope));
}

// Prunes the event log: what is too old, what one account has too much of, and what is too much together.
import type { Tx } from '../db/open.ts';
import { forgetGaps, noteGaps } from './gaps.ts';
import { logState, removeEvents, rowSize } from './log.ts';
import { addToShares, forgetShare, largestShare, sharesOf } from './shares.ts';

/** Maximum number of events counted in one turn. */
const countSlice = 20_000;

/** Adds events that are not counted yet to the log's size; returns whether all are counted now. */
function countLog(tx: Tx): boolean {
  const { size_bytes, counted_seq } = logState(tx);
  const fresh = tx.sqlite
    .rows(
      { account_id: 'text?', n: 'number', last: 'number', size: 'number' },
      `SELECT account_id, count(*) AS n, max(seq) AS last, sum(size) AS size FROM (
         SELECT seq, account_id, ${rowSize} AS size FROM events e
          WHERE seq > ? ORDER BY seq LIMIT ?) GROUP BY account_id`,
    )
    .all(counted_seq, countSlice);
  if (fresh.length === 0) return true;
  const sum = (of: (row: (typeof fresh)[number]) => number) =>
    fresh.reduce((total, row) => total + of(row), 0);
  tx.sqlite
    .query('UPDATE event_log SET size_bytes = ?, counted_seq = ? WHERE id = 1')
    .run(size_bytes + sum(({ size }) => size), Math.max(...fresh.map(({ last }) => last)));
  addToShares(tx, sharesOf(fresh));
  return sum(({ n }) => n) < countSlice;
}

/**
 * Removes the oldest events of the account that has most in the log, at most `slice` of them, if that
 * is more than `limit_bytes`. Sessions that missed any of them cannot be resumed. Returns whether
 * there is more to do.
 */
export function pruneShares(tx: Tx, limit_bytes: number, slice: number): boolean {
  const isCounted = countLog(tx);
  const largest = largestShare(tx, limit_bytes);
  if (largest === null) return !isCounted;
  const { account_id, size_bytes } = largest;
  const oldest = tx.sqlite
    .rows(
      { seq: 'number', size: 'number' },
      `SELECT seq, ${rowSize} AS size FROM events e
        WHERE account_id = ? AND seq <= ? ORDER BY seq LIMIT ?`,
    )
    .all(account_id, logState(tx).counted_seq, slice);
  let left_bytes = size_bytes;
  const end = oldest.findIndex(({ size }) => {
    const isEnough = left_bytes <= limit_bytes;
    left_bytes -= size;
    return isEnough;
  });
  const gone = end === -1 ? oldest : oldest.slice(0, end);
  if (gone.length === 0) forgetShare(tx, account_id);
  noteGaps(
    tx,
    gone.map(({ seq }) => seq),
  );
  removeEvents(
    tx,
    gone.map((one) => ({ ...one, account_id })),
  );
  return true;
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
      { seq: 'number', at: 'number', account_id: 'text?', size: 'number' },
      `SELECT seq, at, account_id, ${rowSize} AS size FROM events e WHERE seq <= ? ORDER BY seq LIMIT ?`,
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
  addToShares(tx, sharesOf(oldest.slice(0, count)), -1);
  forgetGaps(tx, last);
  return !isCounted || count === slice;
}

// How much of the event log each account takes; no account may take all that others need for RESUME.
import type { Db, Tx } from '../db/open.ts';

/** Bytes by account; events of the server itself have none. */
export type Shares = ReadonlyMap<string | null, number>;

/** Adds to the shares of accounts; `sign` -1 takes away. */
export function addToShares(tx: Tx, shares: Shares, sign: 1 | -1 = 1): void {
  const add = tx.sqlite.query(
    `INSERT INTO event_shares (account_id, size_bytes) VALUES (?, ?)
     ON CONFLICT (account_id) DO UPDATE SET size_bytes = size_bytes + excluded.size_bytes`,
  );
  const forget = tx.sqlite.query(
    'DELETE FROM event_shares WHERE account_id = ? AND size_bytes <= 0',
  );
  for (const [account_id, bytes] of shares) {
    if (account_id === null || bytes === 0) continue;
    add.run(account_id, sign * bytes);
    if (sign === -1) forget.run(account_id);
  }
}

/** The account that takes most, if that is more than `limit_bytes`; else null. */
export function largestShare(db: Db, limit_bytes: number) {
  return db.sqlite
    .rows(
      { account_id: 'text', size_bytes: 'number' },
      `SELECT account_id, size_bytes FROM event_shares WHERE size_bytes > ?
        ORDER BY size_bytes DESC LIMIT 1`,
    )
    .get(limit_bytes);
}

/** Takes a share for nothing: there are no events of the account. */
export function forgetShare(tx: Tx, account_id: string): void {
  tx.sqlite.query('DELETE FROM event_shares WHERE account_id = ?').run(account_id);
}

/** Sums up sizes by account. */
export function sharesOf(
  rows: readonly { account_id: string | null; size: number }[],
): Map<string | null, number> {
  const shares = new Map<string | null, number>();
  for (const { account_id, size } of rows) {
    shares.set(account_id, (shares.get(account_id) ?? 0) + size);
  }
  return shares;
}

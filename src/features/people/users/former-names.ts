// SQL of the user names that accounts had before.
import { eq } from 'drizzle-orm';
import type { Db, Tx } from '../../../db/open.ts';
import { former_names } from '../../../db/schema/people.ts';

export function insertFormerName(tx: Tx, row: typeof former_names.$inferInsert): void {
  tx.orm.insert(former_names).values(row).run();
}

/** Tells whether a name is held, but not for that account. */
export function isHeld(db: Db, name: string, but_for: string | null, now: number): boolean {
  const row = db.sqlite
    .rows(
      { id: 'number' },
      `SELECT id FROM former_names
        WHERE name = ?1 AND until > ?2 AND (?3 IS NULL OR user_id IS NOT ?3) LIMIT 1`,
    )
    .get(name, now, but_for);
  return row !== null;
}

/** Ends the holds of a name, but not those for that account. */
export function endHolds(tx: Tx, name: string, but_for: string, now: number): void {
  tx.sqlite
    .query(
      `UPDATE former_names SET until = ?2
        WHERE name = ?1 AND until > ?2 AND user_id IS NOT ?3`,
    )
    .run(name, now, but_for);
}

/** Returns when the account changed its name after that time, the newest first, at most `limit`. */
export function changesSince(db: Db, user_id: string, after: number, limit: number): number[] {
  return db.sqlite
    .rows(
      { since: 'number' },
      `SELECT since FROM former_names WHERE user_id = ? AND since > ?
        ORDER BY since DESC LIMIT ?`,
    )
    .all(user_id, after, limit)
    .map(({ since }) => since);
}

export function deleteFormerNames(tx: Tx, user_id: string): void {
  tx.orm.delete(former_names).where(eq(former_names.user_id, user_id)).run();
}

/** Deletes a slice of the names that are held no more and count for no limit; true if there may be more. */
export function forgetFormerNames(
  tx: Tx,
  now: number,
  counted_after: number,
  slice: number,
): boolean {
  const { changes } = tx.sqlite
    .query(
      `DELETE FROM former_names WHERE id IN
         (SELECT id FROM former_names WHERE until <= ? AND since <= ? LIMIT ?)`,
    )
    .run(now, counted_after, slice);
  return changes === slice;
}

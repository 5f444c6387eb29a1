// SQL for guests: rows in, rows out.
import { and, eq } from 'drizzle-orm';
import type { Db, Tx } from '../../../db/open.ts';
import { guest_tokens } from '../../../db/schema/people.ts';
import { live_spaces } from '../../../db/views.ts';

/** The oldest space that takes guests; undefined if none does. */
export function oldestOpenSpace(db: Db): string | undefined {
  return db.orm
    .select({ id: live_spaces.id })
    .from(live_spaces)
    .where(and(eq(live_spaces.public, true), eq(live_spaces.allow_guest_access, true)))
    .orderBy(live_spaces.created_at, live_spaces.id)
    .limit(1)
    .get()?.id;
}

export function insertGuest(tx: Tx, row: typeof guest_tokens.$inferInsert): void {
  tx.orm.insert(guest_tokens).values(row).run();
}

/** Removes at most `slice` expired tokens; returns true if there may be more. */
export function deleteExpired(tx: Tx, now: number, slice: number): boolean {
  const { changes } = tx.sqlite
    .query(
      `DELETE FROM guest_tokens WHERE hash IN
         (SELECT hash FROM guest_tokens WHERE expires_at <= ? LIMIT ?)`,
    )
    .run(now, slice);
  return changes === slice;
}

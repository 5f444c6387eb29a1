// SQL of registrations that wait, and of invites to the server.
import { asc, eq, sql } from 'drizzle-orm';
import { rowBy, type Db, type Tx } from '../../../db/open.ts';
import { registration_invites, registrations } from '../../../db/schema/doors.ts';
import type { PendingRow } from '../signing-in/pending.ts';

export const findRegistration = rowBy(registrations, registrations.id);

export function insertRegistration(tx: Tx, row: PendingRow): void {
  tx.orm.insert(registrations).values(row).run();
}

export function deleteRegistration(tx: Tx, id: string): void {
  tx.orm.delete(registrations).where(eq(registrations.id, id)).run();
}

/** Tells whether at least so many registrations wait; reads no more of them. */
export function areWaiting(db: Db, count: number): boolean {
  const row = db.sqlite
    .rows({ id: 'text' }, "SELECT id FROM registrations WHERE id > '' ORDER BY id LIMIT 1 OFFSET ?")
    .get(count - 1);
  return row !== null;
}

/** Returns those that wait, with ids above `after`, the oldest first. */
export function registrationsAfter(db: Db, after: string, limit: number): PendingRow[] {
  return db.orm
    .select()
    .from(registrations)
    .where(sql`${registrations.id} > ${after}`)
    .orderBy(asc(registrations.id))
    .limit(limit)
    .all();
}

// Invites to the server ------------------------------------------------------------------------

export type ServerInviteRow = typeof registration_invites.$inferSelect;

export const findServerInvite = rowBy(registration_invites, registration_invites.code);

export function insertServerInvite(tx: Tx, row: ServerInviteRow): void {
  tx.orm.insert(registration_invites).values(row).run();
}

export function deleteServerInvite(tx: Tx, code: string): void {
  tx.orm.delete(registration_invites).where(eq(registration_invites.code, code)).run();
}

/** Counts one use; returns false if there is none left. */
export function takeServerUse(tx: Tx, code: string): boolean {
  const { changes } = tx.sqlite
    .query(
      `UPDATE registration_invites SET uses = uses + 1
        WHERE code = ? AND (max_uses = 0 OR uses < max_uses)`,
    )
    .run(code);
  return changes > 0;
}

/** Returns the invites after the given one, expired ones too, the oldest first. */
export function serverInvitesAfter(
  db: Db,
  after: Pick<ServerInviteRow, 'created_at' | 'code'>,
  limit: number,
): ServerInviteRow[] {
  const { created_at, code } = registration_invites;
  return db.orm
    .select()
    .from(registration_invites)
    .where(sql`(${created_at}, ${code}) > (${after.created_at}, ${after.code})`)
    .orderBy(asc(created_at), asc(code))
    .limit(limit)
    .all();
}

/** Has invites lead into a deleted space no more; there are few, and the index has all of them. */
export function forgetSpace(tx: Tx, space_id: string): void {
  tx.sqlite
    .query(
      `UPDATE registration_invites SET space_id = NULL
        WHERE (created_at, code) > (-1, '') AND space_id = ?`,
    )
    .run(space_id);
}

/** Has invites name a deleted account as their maker no more; as above, there are few. */
export function forgetMaker(tx: Tx, user_id: string): void {
  tx.sqlite
    .query(
      `UPDATE registration_invites SET created_by = NULL
        WHERE (created_at, code) > (-1, '') AND created_by = ?`,
    )
    .run(user_id);
}

/** Removes at most `slice` expired invites; returns true if there may be more. */
export function deleteExpired(tx: Tx, now: number, slice: number): boolean {
  const { changes } = tx.sqlite
    .query(
      `DELETE FROM registration_invites WHERE code IN
         (SELECT code FROM registration_invites WHERE expires_at <= ? LIMIT ?)`,
    )
    .run(now, slice);
  return changes === slice;
}

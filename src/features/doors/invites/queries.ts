// SQL for invites: rows in, rows out.
import { and, eq, isNull, lte, or, sql } from 'drizzle-orm';
import { viewableIn } from '../../../access/viewable.ts';
import { rowBy, type Db, type Tx } from '../../../db/open.ts';
import { invites } from '../../../db/schema/spaces.ts';

export type InviteRow = typeof invites.$inferSelect;

export const findInvite = rowBy(invites, invites.code);

/** Tells whether a code leads somewhere already: to a space, or to the server itself. */
export function isTaken(db: Db, code: string): boolean {
  const found = db.sqlite
    .rows(
      { one: 'number' },
      `SELECT 1 AS one FROM invites WHERE code = ?1
        UNION ALL SELECT 1 FROM registration_invites WHERE code = ?1 LIMIT 1`,
    )
    .get(code);
  return found !== null;
}

export function insertInvite(tx: Tx, row: InviteRow): void {
  tx.orm.insert(invites).values(row).run();
}

export function deleteInvites(tx: Tx, codes: readonly string[]): void {
  const remove = tx.sqlite.query('DELETE FROM invites WHERE code = ?');
  for (const code of codes) remove.run(code);
}

/** Null would make it the server's own invite. */
const nobody = '';

/** The maker of an invite; null for the server itself, and for makers who erased their traces. */
export function inviterOf({ inviter_id }: InviteRow): string | null {
  return inviter_id === nobody ? null : inviter_id;
}

/** Removes the maker's name from these invites of a space. */
export function forgetInviter(tx: Tx, space_id: string, inviter_id: string): void {
  tx.orm
    .update(invites)
    .set({ inviter_id: nobody })
    .where(and(eq(invites.space_id, space_id), eq(invites.inviter_id, inviter_id)))
    .run();
}

/** Counts one use; returns false if there is none left. */
export function takeUse(tx: Tx, code: string): boolean {
  const { changes } = tx.sqlite
    .query(
      `UPDATE invites SET uses = uses + 1
        WHERE code = ? AND (max_uses IS NULL OR max_uses <= 0 OR uses < max_uses)`,
    )
    .run(code);
  return changes > 0;
}

export function countInvites(db: Db, space_id: string): number {
  const row = db.sqlite
    .rows({ count: 'number' }, 'SELECT count(*) AS count FROM invites WHERE space_id = ?')
    .get(space_id);
  return row?.count ?? 0;
}

/** Selects the invites of a list. */
export interface Which {
  /** Only invites to this channel; null for the whole space. */
  channel_id: string | null;
  /** The visibility classes that the reader views. */
  classes: readonly number[];
  now: number;
}

const alive = (now: number) => or(isNull(invites.expires_at), sql`${invites.expires_at} > ${now}`);

/** Invites that have not expired, after the given one, oldest first. */
export function invitesOf(
  db: Db,
  space_id: string,
  { channel_id, classes, now }: Which,
  after: InviteRow | null,
  limit: number,
): InviteRow[] {
  return db.orm
    .select()
    .from(invites)
    .where(
      and(
        eq(invites.space_id, space_id),
        channel_id === null ? undefined : eq(invites.channel_id, channel_id),
        alive(now),
        viewableIn(invites.channel_id, classes),
        after === null
          ? undefined
          : sql`(${invites.created_at}, ${invites.code}) > (${after.created_at}, ${after.code})`,
      ),
    )
    .orderBy(invites.created_at, invites.code)
    .limit(limit)
    .all();
}

export function invitesOfChannel(db: Db, channel_id: string): InviteRow[] {
  return db.orm.select().from(invites).where(eq(invites.channel_id, channel_id)).all();
}

/** Expired invites, at most `limit`. */
export function expiredInvites(db: Db, now: number, limit: number): InviteRow[] {
  return db.orm
    .select()
    .from(invites)
    .where(lte(invites.expires_at, now))
    .orderBy(invites.expires_at)
    .limit(limit)
    .all();
}

/** The invite that the server keeps for a space. */
export function serverInvite(db: Db, space_id: string): InviteRow | undefined {
  return db.orm
    .select()
    .from(invites)
    .where(
      and(
        eq(invites.space_id, space_id),
        isNull(invites.inviter_id),
        isNull(invites.channel_id),
        isNull(invites.expires_at),
        isNull(invites.max_uses),
        eq(invites.temporary, false),
      ),
    )
    .orderBy(invites.created_at)
    .limit(1)
    .get();
}

export function memberCount(db: Db, space_id: string): number {
  const row = db.sqlite
    .rows({ count: 'number' }, 'SELECT count(*) AS count FROM members WHERE space_id = ?')
    .get(space_id);
  return row?.count ?? 0;
}

// Temporary members ---------------------------------------------------------------------------

/** Spaces with a temporary membership of the account and no role that would keep it there. */
export function temporarySpaces(db: Db, user_id: string, limit: number): string[] {
  return db.sqlite
    .rows(
      { space_id: 'text' },
      `SELECT m.space_id FROM members m
        WHERE m.user_id = ? AND m.temporary = 1 AND NOT EXISTS (
          SELECT 1 FROM member_roles r JOIN live_roles ON live_roles.id = r.role_id
           WHERE r.space_id = m.space_id AND r.user_id = m.user_id)
        LIMIT ?`,
    )
    .all(user_id, limit)
    .map(({ space_id }) => space_id);
}

// SQL of spaces.
import { and, asc, count, eq, sql } from 'drizzle-orm';
import { prepared, rowBy, type Db, type Tx } from '../../../db/open.ts';
import { members, spaces } from '../../../db/schema/spaces.ts';
import { live_spaces } from '../../../db/views.ts';
import { clearLater } from '../../base/clearing/rows.ts';

export type SpaceRow = typeof live_spaces.$inferSelect;
export type NewSpaceRow = typeof spaces.$inferInsert;

const ofMember = prepared((orm) =>
  orm
    .select({ space: live_spaces })
    .from(members)
    .innerJoin(live_spaces, eq(live_spaces.id, members.space_id))
    .where(eq(members.user_id, sql.placeholder('user_id')))
    .orderBy(members.joined_at, live_spaces.id)
    .prepare(),
);

export const findSpace = rowBy(live_spaces, live_spaces.id);
export const findSpaceBySlug = rowBy(live_spaces, live_spaces.slug);

/** A page of a list; if the space `after` is not in the list, it begins again at the start. */
interface Wanted {
  limit: number;
  after?: string | undefined;
}

/** Returns a page of a member's spaces, the oldest membership first. */
export function spacesOfMemberAfter(
  db: Db,
  user_id: string,
  { after = '', limit }: Wanted,
): SpaceRow[] {
  const last = db.orm
    .select({ joined_at: members.joined_at })
    .from(members)
    .where(and(eq(members.user_id, user_id), eq(members.space_id, after)))
    .get();
  return db.orm
    .select({ space: live_spaces })
    .from(members)
    .innerJoin(live_spaces, eq(live_spaces.id, members.space_id))
    .where(
      and(
        eq(members.user_id, user_id),
        last && sql`(${members.joined_at}, ${members.space_id}) > (${last.joined_at}, ${after})`,
      ),
    )
    .orderBy(members.joined_at, members.space_id)
    .limit(limit)
    .all()
    .map(({ space }) => space);
}

export function spacesOfMember(db: Db, user_id: string): SpaceRow[] {
  return ofMember(db)
    .all({ user_id })
    .map(({ space }) => space);
}

/** Returns the first space of the server, which new accounts join. */
export function oldestSpace(db: Db): SpaceRow | undefined {
  return db.orm
    .select()
    .from(live_spaces)
    .orderBy(asc(live_spaces.created_at), asc(live_spaces.id))
    .limit(1)
    .get();
}

/** Counts the spaces that these accounts own. */
export function countOwned(db: Db, owner_ids: readonly string[]): number {
  const row = db.sqlite
    .rows(
      { count: 'number' },
      `SELECT count(*) AS count
         FROM json_each(?) asked CROSS JOIN live_spaces s ON s.owner_id = asked.value`,
    )
    .get(JSON.stringify(owner_ids));
  return row?.count ?? 0;
}

/** Counts the spaces of the server. */
export function countSpaces(db: Db): number {
  const row = db.orm.select({ count: count() }).from(live_spaces).get();
  return row?.count ?? 0;
}

/** Returns public spaces by name, with the number of their members. */
export function publicSpaces(db: Db, { after, limit, offset }: Wanted & { offset: number }) {
  const row = after === undefined ? undefined : findSpace(db, after);
  // The position of a private space in the list would give its name away.
  const last = row?.public ? row : undefined;
  return db.orm
    .select({
      space: live_spaces,
      member_count: sql<number>`(select count(*) from members m where m.space_id = ${live_spaces.id})`,
    })
    .from(live_spaces)
    .where(
      and(
        // A literal 1: with a bound value SQLite does not use the index of public spaces.
        sql`${live_spaces.public} = 1`,
        last && sql`(${live_spaces.name}, ${live_spaces.id}) > (${last.name}, ${last.id})`,
      ),
    )
    .orderBy(live_spaces.name, live_spaces.id)
    .limit(limit)
    .offset(offset)
    .all();
}

/** Returns taken slugs: `stem` and those that begin with `stem-`, or, if it is cut, with `stem`. */
export function slugsLike(db: Db, stem: string, isCut: boolean): string[] {
  const end = isCut ? `${stem}{` : `${stem}.`;
  return db.orm
    .select({ slug: live_spaces.slug })
    .from(live_spaces)
    .where(and(sql`slug >= ${stem}`, sql`slug < ${end}`))
    .all()
    .map(({ slug }) => slug);
}

export function insertSpace(tx: Tx, row: NewSpaceRow): void {
  tx.orm.insert(spaces).values(row).run();
}

export function updateSpace(tx: Tx, id: string, change: Partial<NewSpaceRow>): void {
  if (Object.keys(change).length === 0) return;
  tx.orm.update(spaces).set(change).where(eq(spaces.id, id)).run();
}

/** Hides the space at once, and queues its rows for clearing. */
export function hideSpace(tx: Tx, id: string, now: number): void {
  tx.orm.update(spaces).set({ deleted_at: now }).where(eq(spaces.id, id)).run();
  clearLater(tx, 'space', id);
}

export function deleteSpaceRow(tx: Tx, id: string): void {
  tx.orm.delete(spaces).where(eq(spaces.id, id)).run();
}

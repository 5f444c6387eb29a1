// SQL of spaces: rows in, rows out.
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

/** What part of a list is wanted. Behind a space that is gone from the list it begins anew. */
interface Wanted {
  limit: number;
  after?: string | undefined;
}

/** Spaces of a member from the oldest membership on. */
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

/** The first space of the server, which everyone joins who registers. */
export function oldestSpace(db: Db): SpaceRow | undefined {
  return db.orm
    .select()
    .from(live_spaces)
    .orderBy(asc(live_spaces.created_at), asc(live_spaces.id))
    .limit(1)
    .get();
}

/** How many spaces the server has. */
export function countSpaces(db: Db): number {
  const row = db.orm.select({ count: count() }).from(live_spaces).get();
  return row?.count ?? 0;
}

/** Public spaces by name, with the number of their members. */
export function publicSpaces(db: Db, { after, limit, offset }: Wanted & { offset: number }) {
  const row = after === undefined ? undefined : findSpace(db, after);
  // Where a private one stands among them would tell what it is called.
  const last = row?.public ? row : undefined;
  return db.orm
    .select({
      space: live_spaces,
      member_count: sql<number>`(select count(*) from members m where m.space_id = ${live_spaces.id})`,
    })
    .from(live_spaces)
    .where(
      and(
        // Written out: with a bound value the index of public spaces does not count.
        sql`${live_spaces.public} = 1`,
        last && sql`(${live_spaces.name}, ${live_spaces.id}) > (${last.name}, ${last.id})`,
      ),
    )
    .orderBy(live_spaces.name, live_spaces.id)
    .limit(limit)
    .offset(offset)
    .all();
}

/** Slugs that are taken and are `stem` itself or begin with it and a hyphen; of a cut stem, all that begin with it. */
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

/** Hides the space at once and notes that its rows are to be cleared. */
export function hideSpace(tx: Tx, id: string, now: number): void {
  tx.orm.update(spaces).set({ deleted_at: now }).where(eq(spaces.id, id)).run();
  clearLater(tx, 'space', id);
}

export function deleteSpaceRow(tx: Tx, id: string): void {
  tx.orm.delete(spaces).where(eq(spaces.id, id)).run();
}

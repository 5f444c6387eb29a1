// SQL of memberships.
import { and, eq, gt, sql, type SQL } from 'drizzle-orm';
import { prepared, type Db, type Orm, type Tx } from '../../../db/open.ts';
import { users } from '../../../db/schema/people.ts';
import { bans, kept_sanctions, members } from '../../../db/schema/spaces.ts';
import { removeImage } from '../../base/files/images.ts';
import { setRoles } from '../roles/queries.ts';
import { hideNames, indexNames, unindexNames } from './names.ts';
import type { UserRow } from '../../people/users/queries.ts';

export type MemberRow = typeof members.$inferSelect;
export type NewMemberRow = typeof members.$inferInsert;

/** A membership with its roles and its account. */
export interface FullMember {
  member: MemberRow;
  user: UserRow;
  role_ids: string[];
}

/** The ids of a member's roles, without deleted roles that are still being cleared. */
const roleList = sql<string | null>`(
  select group_concat(r.role_id) from member_roles r
    join live_roles on live_roles.id = r.role_id
   where r.space_id = ${members.space_id} and r.user_id = ${members.user_id})`;

const here = eq(members.space_id, sql.placeholder('space_id'));
const behind = gt(members.user_id, sql.placeholder('after'));
const limit = sql.placeholder('limit');
const full = (orm: Orm, which: SQL) =>
  orm
    .select({ member: members, user: users, role_ids: roleList })
    .from(members)
    .innerJoin(users, eq(users.id, members.user_id))
    .where(and(here, which));

const one = prepared((orm) => full(orm, eq(members.user_id, sql.placeholder('user_id'))).prepare());
const page = prepared((orm) => full(orm, behind).orderBy(members.user_id).limit(limit).prepare());
const several = prepared((orm) =>
  full(
    orm,
    sql`${members.user_id} in (select value from json_each(${sql.placeholder('user_ids')}))`,
  ).prepare(),
);
interface RawMember {
  member: MemberRow;
  user: UserRow;
  role_ids: string | null;
}

function withRoles({ member, user, role_ids }: RawMember): FullMember {
  return { member, user, role_ids: role_ids === null ? [] : role_ids.split(',') };
}

export function findMember(db: Db, space_id: string, user_id: string): FullMember | undefined {
  const row = one(db).get({ space_id, user_id });
  return row && withRoles(row);
}

/** Returns those of the accounts that are members, in the order given. */
export function findMembers(db: Db, space_id: string, user_ids: readonly string[]): FullMember[] {
  if (user_ids.length === 0) return [];
  const rows = several(db).all({ space_id, user_ids: JSON.stringify(user_ids) });
  const byId = new Map(rows.map((row) => [row.member.user_id, withRoles(row)]));
  return user_ids.flatMap((id) => byId.get(id) ?? []);
}

/** Returns members by user id, above `after` ("" for the beginning). */
export function membersOf(db: Db, space_id: string, after: string, limit: number): FullMember[] {
  return page(db).all({ space_id, after, limit }).map(withRoles);
}

/** Returns ids of members in their order, above `after` ("" for the beginning). */
export function memberIds(db: Db, space_id: string, after: string, limit: number): string[] {
  return db.sqlite
    .rows(
      { user_id: 'text' },
      'SELECT user_id FROM members WHERE space_id = ? AND user_id > ? ORDER BY user_id LIMIT ?',
    )
    .all(space_id, after, limit)
    .map(({ user_id }) => user_id);
}

/** Counts the members of a space, at most up to `max`. */
export function countMembers(db: Db, space_id: string, max: number): number {
  const row = db.sqlite
    .rows(
      { count: 'number' },
      'SELECT count(*) AS count FROM (SELECT 1 FROM members WHERE space_id = ? LIMIT ?)',
    )
    .get(space_id, max);
  return row?.count ?? 0;
}

/** Counts the spaces that an account is in, at most up to `max`. */
export function countMemberships(db: Db, user_id: string, max: number): number {
  const row = db.sqlite
    .rows(
      { count: 'number' },
      'SELECT count(*) AS count FROM (SELECT 1 FROM members WHERE user_id = ? LIMIT ?)',
    )
    .get(user_id, max);
  return row?.count ?? 0;
}

export function insertMember(tx: Tx, row: NewMemberRow): void {
  tx.orm.insert(members).values(row).run();
  indexNames(tx, row.space_id, row.user_id);
}

export function updateMember(
  tx: Tx,
  space_id: string,
  user_id: string,
  change: Partial<NewMemberRow>,
): void {
  if (Object.keys(change).length === 0) return;
  tx.orm
    .update(members)
    .set(change)
    .where(and(eq(members.space_id, space_id), eq(members.user_id, user_id)))
    .run();
  if (change.nickname !== undefined) indexNames(tx, space_id, user_id);
}

type Sanctions = Pick<MemberRow, 'timed_out_until' | 'mute' | 'deaf'>;

/** Keeps the timeout, mute and deafening of a member who leaves, if there are any. */
export function keepSanctions(tx: Tx, { member }: FullMember, now: number): void {
  const { space_id, user_id, timed_out_until, mute, deaf } = member;
  if ((timed_out_until ?? 0) <= now && !mute && !deaf) return;
  const sanctions = { timed_out_until, mute, deaf };
  tx.orm
    .insert(kept_sanctions)
    .values({ space_id, user_id, ...sanctions })
    .onConflictDoUpdate({
      target: [kept_sanctions.space_id, kept_sanctions.user_id],
      set: sanctions,
    })
    .run();
}

/** Returns the kept sanctions of an account that comes back, and deletes them. */
export function takeSanctions(tx: Tx, space_id: string, user_id: string): Sanctions | undefined {
  return tx.orm
    .delete(kept_sanctions)
    .where(and(eq(kept_sanctions.space_id, space_id), eq(kept_sanctions.user_id, user_id)))
    .returning({
      timed_out_until: kept_sanctions.timed_out_until,
      mute: kept_sanctions.mute,
      deaf: kept_sanctions.deaf,
    })
    .get();
}

/** Deletes the membership with its roles and its avatar. */
export function deleteMember(tx: Tx, space_id: string, user_id: string): void {
  const here = and(eq(members.space_id, space_id), eq(members.user_id, user_id));
  const gone = tx.orm.delete(members).where(here).returning({ avatar: members.avatar }).all();
  for (const { avatar } of gone) removeImage(tx, avatar);
  unindexNames(tx, space_id, user_id);
  setRoles(tx, space_id, user_id, []);
}

/** Takes nicknames, avatars and names to search by from all memberships of an account that is deleted. */
export function wipeMemberships(tx: Tx, user_id: string): void {
  const avatars = tx.sqlite
    .rows({ avatar: 'text' }, 'SELECT avatar FROM members WHERE user_id = ? AND avatar IS NOT NULL')
    .all(user_id);
  for (const { avatar } of avatars) removeImage(tx, avatar);
  tx.sqlite
    .query(
      `UPDATE members SET nickname = NULL, avatar = NULL
        WHERE user_id = ? AND (nickname IS NOT NULL OR avatar IS NOT NULL)`,
    )
    .run(user_id);
  hideNames(tx, user_id);
}

export function isBanned(db: Db, space_id: string, user_id: string): boolean {
  const row = db.orm
    .select({ user_id: bans.user_id })
    .from(bans)
    .where(and(eq(bans.space_id, space_id), eq(bans.user_id, user_id)))
    .get();
  return row !== undefined;
}

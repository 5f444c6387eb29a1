// Computes the scopes that an account hears from its memberships and permissions.
import { eq, sql } from 'drizzle-orm';
import type { App } from '../app.ts';
import { prepared, type Db } from '../db/open.ts';
import { members } from '../db/schema/spaces.ts';
import { scope, scopedPermissions, viewingPermissions } from '../events/audience.ts';
import { isInstanceAdmin } from './bots.ts';
import {
  has,
  spacePermissions,
  underTimeout,
  viewedClasses,
  type MemberAccess,
  type Reader,
  type SpaceAccess,
} from './evaluate.ts';
import { memberAccess, spaceAccess } from './load.ts';
import { isTimedOut } from './timeouts.ts';

const spaceIdsOf = prepared((orm) =>
  orm
    .select({ space_id: members.space_id })
    .from(members)
    .where(eq(members.user_id, sql.placeholder('user_id')))
    .orderBy(members.joined_at, members.space_id)
    .prepare(),
);

/** Returns the ids of the spaces that a user is a member of, oldest membership first. */
export function spacesOf(db: Db, user_id: string): string[] {
  return spaceIdsOf(db)
    .all({ user_id })
    .map(({ space_id }) => space_id);
}

/** Returns the account as a `Reader`; an unknown account is no admin. */
export function readerOf(db: Db, user_id: string): Reader {
  return { id: user_id, is_admin: isInstanceAdmin(db, user_id) };
}

/** Returns those of the accounts that administer the whole server. */
export function adminsAmong(db: Db, user_ids: readonly string[]): Set<string> {
  const rows = db.sqlite
    .rows(
      { id: 'text' },
      `SELECT u.id AS id FROM json_each(?) asked JOIN users u ON u.id = asked.value
        WHERE +u.is_admin = 1`,
    )
    .all(JSON.stringify(user_ids));
  return new Set(rows.map(({ id }) => id));
}

/** Returns the scopes of the space itself, without those of its visibility classes. */
export function scopesOfSpace({ id }: SpaceAccess): string[] {
  return [
    scope.space(id),
    scope.guests(id),
    ...scopedPermissions.map((permission) => scope.permission(id, permission)),
  ];
}

/** Returns every scope of the space, those of its visibility classes included. */
export function allScopes(space: SpaceAccess): string[] {
  return [...scopesOfSpace(space), ...[...space.classes.keys()].flatMap(scopesOfClass)];
}

/** Returns every scope of the visibility class. */
export function scopesOfClass(id: number): string[] {
  return [
    scope.class(id),
    ...viewingPermissions.map((permission) => scope.viewing(id, permission)),
  ];
}

/**
 * Returns the scopes of one space that a member hears; none if `member` is null. Those of permissions
 * stay under a timeout, which ends by itself, and are passed over meanwhile; with `timed_out` they are
 * left out.
 */
export function scopesInSpace(
  space: SpaceAccess,
  member: MemberAccess | null,
  reader: Reader,
  timed_out = false,
): string[] {
  if (member === null) return [];
  const all = spacePermissions(space, member, reader);
  const held = timed_out ? underTimeout(all) : all;
  const scopes = [scope.space(space.id)];
  for (const permission of scopedPermissions) {
    if (has(held, permission)) scopes.push(scope.permission(space.id, permission));
  }
  for (const class_id of viewedClasses(space, member, reader)) {
    scopes.push(scope.class(class_id));
    for (const permission of viewingPermissions) {
      if (has(held, permission)) scopes.push(scope.viewing(class_id, permission));
    }
  }
  return scopes;
}

/** Returns all scopes that an account is subscribed to. */
export function scopesOfReader(app: App, reader: Reader): Set<string> {
  return scopesBy(app, reader, () => false);
}

/** Returns those of the scopes whose events an account may hear at this moment. */
export function scopesHeardBy(app: App, reader: Reader): Set<string> {
  return scopesBy(app, reader, (space, member) => isTimedOut(app, space, member, reader));
}

/** Tells whether a timeout keeps from an account what is told to holders of a permission. */
export function isSilenced(app: App, user_id: string, space_id: string): boolean {
  const space = spaceAccess(app, space_id);
  if (space === null) return false;
  const member = memberAccess(app, space_id, user_id);
  const silenced = (is_admin: boolean) => isTimedOut(app, space, member, { id: user_id, is_admin });
  return silenced(false) && silenced(readerOf(app.db, user_id).is_admin);
}

function scopesBy(
  app: App,
  reader: Reader,
  isOut: (space: SpaceAccess, member: MemberAccess | null) => boolean,
): Set<string> {
  const scopes = new Set([scope.user(reader.id)]);
  for (const space_id of spacesOf(app.db, reader.id)) {
    const space = spaceAccess(app, space_id);
    if (space === null) continue;
    const member = memberAccess(app, space_id, reader.id);
    const timed_out = isOut(space, member);
    for (const one of scopesInSpace(space, member, reader, timed_out)) scopes.add(one);
  }
  return scopes;
}

/** Tells whether a change of a membership may have altered what this member hears. */
export function memberHearingDiffers(
  before: MemberAccess | null,
  after: MemberAccess | null,
  /** Whether the role exists, or did until this turn: members may still have deleted roles. */
  isRole: (id: string) => boolean,
): boolean {
  if (before === null || after === null) return before !== after;
  return before.role_ids.filter(isRole).join() !== after.role_ids.filter(isRole).join();
}

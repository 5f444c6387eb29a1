// Loads spaces, channels and members for the evaluator, through a cache that turns keep up to date.
import { and, eq, sql } from 'drizzle-orm';
import type { App } from '../app.ts';
import { prepared, type Db } from '../db/open.ts';
import { applications } from '../db/schema/people.ts';
import {
  kept_sanctions,
  member_roles,
  members,
  overwrites,
  visibility_classes,
} from '../db/schema/spaces.ts';
import { live_channels, live_roles, live_spaces } from '../db/views.ts';
import { cacheName } from '../lib/row-cache.ts';
import { loadHome } from './conversations.ts';
import {
  overwritesOfSignature,
  type AnyChannel,
  type ChannelAccess,
  type ConversationAccess,
  type MemberAccess,
  type OverwriteAccess,
  type RoleAccess,
  type SpaceAccess,
} from './evaluate.ts';
import { permissionSet } from './permissions.ts';

const spaceRow = prepared((orm) =>
  orm
    .select({
      id: live_spaces.id,
      owner_id: live_spaces.owner_id,
      public: live_spaces.public,
      allow_guest_access: live_spaces.allow_guest_access,
      system_channel_id: live_spaces.system_channel_id,
    })
    .from(live_spaces)
    .where(eq(live_spaces.id, sql.placeholder('id')))
    .prepare(),
);
const roleRows = prepared((orm) =>
  orm
    .select({
      id: live_roles.id,
      position: live_roles.position,
      permissions: live_roles.permissions,
    })
    .from(live_roles)
    .where(eq(live_roles.space_id, sql.placeholder('id')))
    .prepare(),
);
const channelColumns = {
  id: live_channels.id,
  type: live_channels.type,
  class_id: live_channels.class_id,
  owner_id: live_channels.owner_id,
  parent_id: live_channels.parent_id,
  archived: live_channels.archived,
  rate_limit: live_channels.rate_limit,
  user_limit: live_channels.user_limit,
  allow_anonymous_read: live_channels.allow_anonymous_read,
};
const channelRows = prepared((orm) =>
  orm
    .select(channelColumns)
    .from(live_channels)
    .where(eq(live_channels.space_id, sql.placeholder('id')))
    .orderBy(live_channels.position, live_channels.id)
    .prepare(),
);
const overwriteRows = prepared((orm) =>
  orm
    .select({
      channel_id: overwrites.channel_id,
      id: overwrites.id,
      type: overwrites.type,
      allow: overwrites.allow,
      deny: overwrites.deny,
    })
    .from(overwrites)
    .innerJoin(live_channels, eq(live_channels.id, overwrites.channel_id))
    .where(eq(live_channels.space_id, sql.placeholder('id')))
    .prepare(),
);
const classRows = prepared((orm) =>
  orm
    .select({ id: visibility_classes.id, signature: visibility_classes.signature })
    .from(visibility_classes)
    .where(
      and(
        eq(visibility_classes.space_id, sql.placeholder('id')),
        eq(visibility_classes.retired, sql.placeholder('retired')),
      ),
    )
    .prepare(),
);
const memberRow = prepared((orm) =>
  orm
    .select({
      user_id: members.user_id,
      timed_out_until: members.timed_out_until,
      bot_owner_id: applications.owner_id,
    })
    .from(members)
    .leftJoin(applications, eq(applications.bot_user_id, members.user_id))
    .where(
      and(
        eq(members.space_id, sql.placeholder('space_id')),
        eq(members.user_id, sql.placeholder('user_id')),
      ),
    )
    .prepare(),
);
const memberRoleRows = prepared((orm) =>
  orm
    .select({ role_id: member_roles.role_id })
    .from(member_roles)
    .where(
      and(
        eq(member_roles.space_id, sql.placeholder('space_id')),
        eq(member_roles.user_id, sql.placeholder('user_id')),
      ),
    )
    .orderBy(member_roles.role_id)
    .prepare(),
);
const keptTimeout = prepared((orm) =>
  orm
    .select({ timed_out_until: kept_sanctions.timed_out_until })
    .from(kept_sanctions)
    .where(
      and(
        eq(kept_sanctions.space_id, sql.placeholder('space_id')),
        eq(kept_sanctions.user_id, sql.placeholder('user_id')),
      ),
    )
    .prepare(),
);
/** Reads a space from the database; null if there is none. */
export function loadSpace(db: Db, id: string): SpaceAccess | null {
  const row = spaceRow(db).get({ id });
  if (row === undefined) return null;
  const byId = new Map<string, RoleAccess>();
  for (const role of roleRows(db).all({ id })) {
    byId.set(role.id, { ...role, permissions: permissionSet(role.permissions) });
  }
  const everyone = [...byId.values()].find(({ position }) => position === 0);
  if (everyone === undefined) throw new Error(`space ${id} has no @everyone role`);
  const rules = new Map<string, OverwriteAccess[]>();
  for (const { channel_id, allow, deny, ...rest } of overwriteRows(db).all({ id })) {
    const rule = { ...rest, allow: permissionSet(allow), deny: permissionSet(deny) };
    const known = rules.get(channel_id);
    if (known) known.push(rule);
    else rules.set(channel_id, [rule]);
  }
  const inSpace = new Map<string, ChannelAccess>();
  for (const channel of channelRows(db).all({ id })) {
    inSpace.set(channel.id, ofSpace(channel, id, rules.get(channel.id) ?? []));
  }
  const classes = classesOf(db, id, false);
  return { ...row, everyone, roles: byId, channels: inSpace, classes, memo: new Map() };
}

/** Reads the visibility classes of a space: those in use, or those of deleted channels only. */
export function classesOf(db: Db, space_id: string, retired: boolean): SpaceAccess['classes'] {
  const rows = classRows(db).all({ id: space_id, retired });
  return new Map(rows.map(({ id, signature }) => [id, overwritesOfSignature(signature)]));
}

/** Narrows the row of a channel to one in a space; throws if it cannot be. */
function ofSpace(
  row: Omit<ChannelAccess, 'type' | 'class_id' | 'space_id' | 'overwrites'> &
    Pick<typeof live_channels.$inferSelect, 'type' | 'class_id'>,
  space_id: string,
  overwrites: readonly OverwriteAccess[],
): ChannelAccess {
  const { type, class_id } = row;
  if (type === 'dm' || type === 'group_dm' || class_id === null) {
    throw new Error(`channel ${row.id} cannot stand in a space`);
  }
  return { ...row, type, class_id, space_id, overwrites };
}

/** Reads a membership from the database; null if there is none. */
export function loadMember(db: Db, space_id: string, user_id: string): MemberAccess | null {
  const row = memberRow(db).get({ space_id, user_id });
  if (row === undefined) return null;
  const role_ids = memberRoleRows(db)
    .all({ space_id, user_id })
    .map(({ role_id }) => role_id);
  return { ...row, role_ids };
}

// Spaces with live sessions must all fit: what a session loses is computed from the cached entry.
const spaceCache = cacheName<SpaceAccess | null>(100_000);
const memberCache = cacheName<MemberAccess | null>(100_000);
/** Timeouts of accounts that have left the space. */
const keptTimeoutCache = cacheName<number | null>(10_000);
/**
 * By channel id: the id of its space, or the conversation that it is. Channels never move to another
 * space; the space knows if they exist.
 */
const homeCache = cacheName<string | ConversationAccess | null>(100_000);

const memberKey = (space_id: string, user_id: string) => `${space_id}:${user_id}`;

/** Returns a space, cached; null if there is none. */
export function spaceAccess(app: App, id: string): SpaceAccess | null {
  const table = app.cache.table(spaceCache);
  const found = table.get(id, () => loadSpace(app.db, id));
  // Ids of no space are not cached: they would push out real spaces.
  if (found === null && !app.cache.inTurn) table.change(id);
  return found;
}

/** Returns a membership, cached; null if there is none. */
export function memberAccess(app: App, space_id: string, user_id: string): MemberAccess | null {
  return app.cache
    .table(memberCache)
    .get(memberKey(space_id, user_id), () => loadMember(app.db, space_id, user_id));
}

/**
 * Returns until when an account is under timeout in a space, in Unix milliseconds; null if it is not.
 * A timeout goes on for accounts that have left the space.
 */
export function timeoutOf(app: App, space_id: string, user_id: string): number | null {
  const member = memberAccess(app, space_id, user_id);
  if (member !== null) return member.timed_out_until;
  return app.cache
    .table(keptTimeoutCache)
    .get(
      memberKey(space_id, user_id),
      () => keptTimeout(app.db).get({ space_id, user_id })?.timed_out_until ?? null,
    );
}

/** Returns the id of the channel's space, or the conversation, cached; null if there is no such channel. */
function homeOf(app: App, channel_id: string): string | ConversationAccess | null {
  const table = app.cache.table(homeCache);
  const home = table.get(channel_id, () => loadHome(app.db, channel_id));
  // Unknown ids are not cached: creating a channel does not remove its id from the cache.
  if (home === null && !app.cache.inTurn) table.change(channel_id);
  return home;
}

/** Returns a channel; null if there is none. */
export function channelOf(app: App, id: string): AnyChannel | null {
  const home = homeOf(app, id);
  if (typeof home !== 'string') return home;
  return spaceAccess(app, home)?.channels.get(id) ?? null;
}

/** Returns the space as of the last commit, while a turn changes it; undefined if not cached. */
export function spaceBefore(app: App, id: string): SpaceAccess | null | undefined {
  return app.cache.table(spaceCache).peek(id);
}

/** Returns the membership as of the last commit; undefined if not cached. */
export function memberBefore(
  app: App,
  space_id: string,
  user_id: string,
): MemberAccess | null | undefined {
  return app.cache.table(memberCache).peek(memberKey(space_id, user_id));
}

/** Marks a space as changed by the running turn: its row, roles, channels or overwrites. */
export function changesSpace(app: App, id: string): void {
  app.cache.table(spaceCache).change(id);
}

/** Marks a conversation as changed by the running turn. */
export function changesChannel(app: App, id: string): void {
  app.cache.table(homeCache).change(id);
}

/** Marks a membership as changed by the running turn. */
export function changesMember(app: App, space_id: string, user_id: string): void {
  const key = memberKey(space_id, user_id);
  app.cache.table(memberCache).change(key);
  app.cache.table(keptTimeoutCache).change(key);
}

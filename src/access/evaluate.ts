// Computes permissions with pure functions; REST and the gateway both use them.
import { allPermissions, bit, permissionSet, type Permission } from './permissions.ts';

export interface RoleAccess {
  id: string;
  position: number;
  permissions: bigint;
}

export interface OverwriteAccess {
  id: string;
  type: 'role' | 'member';
  allow: bigint;
  deny: bigint;
}

export type ChannelType =
  | 'text'
  | 'announcement'
  | 'voice'
  | 'category'
  | 'forum'
  | 'dm'
  | 'group_dm';

/** The part of a channel of a space that access checks read. */
export interface ChannelAccess {
  id: string;
  type: Exclude<ChannelType, ConversationAccess['type']>;
  space_id: string;
  /** The visibility class of the channel; its events go to that class. */
  class_id: number;
  owner_id: string | null;
  parent_id: string | null;
  archived: boolean;
  /** Slow mode, in seconds. */
  rate_limit: number;
  user_limit: number | null;
  allow_anonymous_read: boolean;
  overwrites: readonly OverwriteAccess[];
}

/** The part of a conversation that access checks read. */
export interface ConversationAccess {
  id: string;
  type: 'dm' | 'group_dm';
  space_id: null;
  owner_id: string | null;
  archived: boolean;
  rate_limit: number;
  user_limit: number | null;
  /** The participants, who also hear its events; ids of accounts. */
  people: readonly string[];
  /** Whether one of its two people has blocked the other. */
  blocked: boolean;
}

/** A channel of a space or a conversation; its `class_id` or `people` say who hears it. */
export type AnyChannel = ChannelAccess | ConversationAccess;

/** The part of a space that access checks read. */
export interface SpaceAccess {
  id: string;
  owner_id: string;
  public: boolean;
  allow_guest_access: boolean;
  system_channel_id: string | null;
  /** The role at position 0, which every member has. */
  everyone: RoleAccess;
  roles: ReadonlyMap<string, RoleAccess>;
  channels: ReadonlyMap<string, ChannelAccess>;
  /** Overwrites by class id, of every class in use: the log may name classes without a channel. */
  classes: ReadonlyMap<number, readonly OverwriteAccess[]>;
  /** Computed permissions by channel and roles; members with the same roles share a result. */
  memo: Map<string, bigint>;
}

export interface MemberAccess {
  user_id: string;
  /** Sorted, without @everyone; may still contain deleted roles. */
  role_ids: readonly string[];
  /** Unix milliseconds; the member is under timeout until then. Null if there is no timeout. */
  timed_out_until: number | null;
  /** The account that owns the member, if it is a bot. */
  bot_owner_id: string | null;
}

/** The account whose permissions are computed, and whether it administers the whole server. */
export interface Reader {
  id: string;
  is_admin: boolean;
}

const administrator = bit('administrator');

/** Returns the reader's permissions in the space; 0n unless member, owner or instance admin. */
export function spacePermissions(
  space: SpaceAccess,
  member: MemberAccess | null,
  reader: Reader,
): bigint {
  if (reader.is_admin || reader.id === space.owner_id) return allPermissions;
  if (member === null) return 0n;
  return rolePermissions(space, member.role_ids);
}

function rolePermissions(space: SpaceAccess, role_ids: readonly string[]): bigint {
  let set = space.everyone.permissions;
  for (const id of role_ids) set |= space.roles.get(id)?.permissions ?? 0n;
  return (set & administrator) === 0n ? set : allPermissions;
}

/** Returns the reader's permissions in a channel of the space. */
export function channelPermissions(
  space: SpaceAccess,
  channel: Shape,
  member: MemberAccess | null,
  reader: Reader,
): bigint {
  if (reader.is_admin || reader.id === space.owner_id) return allPermissions;
  if (member === null) return 0n;
  const set = memoised(space, channel, member.role_ids);
  if (set === allPermissions) return set;
  const own = channel.overwrites.find(({ type, id }) => type === 'member' && id === member.user_id);
  return own === undefined ? set : (set & ~own.deny) | own.allow;
}

/** Returns the ids of those `classes` whose channels the reader may view. */
export function viewedClasses(
  space: SpaceAccess,
  member: MemberAccess | null,
  reader: Reader,
  classes: SpaceAccess['classes'] = space.classes,
): number[] {
  return [...classes].flatMap(([id, overwrites]) => {
    const shape = { id: `class ${id}`, overwrites };
    return has(channelPermissions(space, shape, member, reader), 'view_channel') ? [id] : [];
  });
}

/** The part of a channel, or of a visibility class, that decides permissions. */
type Shape = Pick<ChannelAccess, 'id' | 'overwrites'>;

function memoised(space: SpaceAccess, channel: Shape, role_ids: readonly string[]): bigint {
  const key = `${channel.id}:${role_ids.join()}`;
  let set = space.memo.get(key);
  if (set === undefined) {
    set = withRoleOverwrites(space, channel, role_ids);
    if (space.memo.size > 10_000) space.memo.clear();
    space.memo.set(key, set);
  }
  return set;
}

function withRoleOverwrites(
  space: SpaceAccess,
  channel: Shape,
  role_ids: readonly string[],
): bigint {
  let set = rolePermissions(space, role_ids);
  if (set === allPermissions) return set;
  let allow = 0n;
  let deny = 0n;
  for (const overwrite of channel.overwrites) {
    if (overwrite.type !== 'role') continue;
    if (overwrite.id === space.everyone.id) set = (set & ~overwrite.deny) | overwrite.allow;
    // Members and class signatures may still name a deleted role: its overwrites are ignored.
    else if (space.roles.has(overwrite.id) && role_ids.includes(overwrite.id)) {
      allow |= overwrite.allow;
      deny |= overwrite.deny;
    }
  }
  return (set & ~deny) | allow;
}

/** Returns the permissions of accounts that have not joined: reading, in public spaces only. */
export function visitorPermissions(space: SpaceAccess, channel: ChannelAccess): bigint {
  if (!space.public) return 0n;
  return memoised(space, channel, []) & looking;
}

/** Returns those of somebody unknown. Where guests are off, single channels may still be open. */
export function anonymousPermissions(space: SpaceAccess, channel: ChannelAccess): bigint {
  const isOpen = space.allow_guest_access || channel.allow_anonymous_read;
  return isOpen ? visitorPermissions(space, channel) : 0n;
}

const looking = bit('view_channel') | bit('read_history');

/** Returns what a timeout leaves of a set of permissions. */
export function underTimeout(set: bigint): bigint {
  return set & looking;
}

const conversing =
  looking |
  permissionSet([
    'send_messages',
    'send_tts',
    'send_in_threads',
    'create_threads',
    'add_reactions',
    'embed_links',
    'attach_files',
    'use_external_emojis',
    'use_commands',
    'connect',
    'speak',
    'stream',
    'use_vad',
    'priority_speaker',
  ]);

/** Returns the reader's permissions in a conversation; 0n for all but its people, even admins. */
export function conversationPermissions(of: ConversationAccess, reader: Reader): bigint {
  if (!of.people.includes(reader.id)) return 0n;
  return of.blocked ? looking : conversing;
}

/** Tells whether the set contains the permission. */
export function has(set: bigint, permission: Permission): boolean {
  return (set & bit(permission)) !== 0n;
}

/** Returns a member's rank: the position of the highest role; infinity for the owner. */
export function rankOf(space: SpaceAccess, user_id: string, member: MemberAccess | null): number {
  if (user_id === space.owner_id) return Number.POSITIVE_INFINITY;
  let highest = 0;
  for (const id of member?.role_ids ?? []) {
    highest = Math.max(highest, space.roles.get(id)?.position ?? 0);
  }
  return highest;
}

/**
 * Returns the part of a channel's overwrites that decides who may view it, as text. Channels of a
 * space with the same signature share a visibility class.
 */
export function classSignature(
  overwrites: readonly {
    id: string;
    type: string;
    allow: readonly string[];
    deny: readonly string[];
  }[],
  allow_anonymous_read: boolean,
): string {
  const viewing = bit('view_channel');
  const rules = overwrites.flatMap(({ id, type, allow, deny }) => {
    const allowed = (permissionSet(allow) & viewing) !== 0n;
    const denied = (permissionSet(deny) & viewing) !== 0n;
    // Within one overwrite, allow wins over deny.
    return allowed || denied ? [[type, id, allowed ? 'allow' : 'deny']] : [];
  });
  rules.sort((a, b) => (a.join() < b.join() ? -1 : 1));
  return JSON.stringify([rules, allow_anonymous_read]);
}

/** Returns the overwrites that a signature was made from, reduced to `view_channel`. */
export function overwritesOfSignature(signature: string): OverwriteAccess[] {
  const [rules] = JSON.parse(signature) as [
    ['role' | 'member', string, 'allow' | 'deny'][],
    boolean,
  ];
  const viewing = bit('view_channel');
  return rules.map(([type, id, effect]) => ({
    type,
    id,
    allow: effect === 'allow' ? viewing : 0n,
    deny: effect === 'deny' ? viewing : 0n,
  }));
}

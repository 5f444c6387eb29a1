// Who may do what: pure functions over what a space looks like. REST and gateway both ask these.
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

/** What checks need to know of a channel of a space. */
export interface ChannelAccess {
  id: string;
  type: Exclude<ChannelType, ConversationAccess['type']>;
  space_id: string;
  /** The visibility class in which it is heard. */
  class_id: number;
  owner_id: string | null;
  parent_id: string | null;
  archived: boolean;
  /** Slow mode, seconds. */
  rate_limit: number;
  user_limit: number | null;
  allow_anonymous_read: boolean;
  overwrites: readonly OverwriteAccess[];
}

/** What checks need to know of a conversation: a channel of some people, in no space. */
export interface ConversationAccess {
  id: string;
  type: 'dm' | 'group_dm';
  space_id: null;
  owner_id: string | null;
  archived: boolean;
  rate_limit: number;
  user_limit: number | null;
  /** Who takes part and hears it; ids of accounts. */
  people: readonly string[];
  /** Whether one of two people has blocked the other. */
  blocked: boolean;
}

/** A channel wherever it stands; where it is heard can be read off it. */
export type AnyChannel = ChannelAccess | ConversationAccess;

/** What checks need to know of a space. */
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
  /** The visibility classes that are heard, also those that no channel has any more: the log may name them. */
  classes: ReadonlyMap<number, readonly OverwriteAccess[]>;
  /** Results by roles and channel, so that people with the same roles cost once. */
  memo: Map<string, bigint>;
}

export interface MemberAccess {
  user_id: string;
  /** Sorted, without @everyone; roles that the space has no more may be among them. */
  role_ids: readonly string[];
  /** Unix milliseconds; in the past or null when the member is free to speak. */
  timed_out_until: number | null;
}

/** Who asks: an account, and whether it administers the whole server. */
export interface Reader {
  id: string;
  is_admin: boolean;
}

const administrator = bit('administrator');

/** What the reader may do in the space; nothing for who is neither member, owner nor instance admin. */
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

/** What the reader may do in a channel of the space. */
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

/** The visibility classes whose channels the reader may view: of those that are heard, or of the given ones. */
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

/** What decides permissions in a channel or in a class of channels. */
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
    // What is left of a deleted role, with members or in the signature of a class, means nothing.
    else if (space.roles.has(overwrite.id) && role_ids.includes(overwrite.id)) {
      allow |= overwrite.allow;
      deny |= overwrite.deny;
    }
  }
  return (set & ~deny) | allow;
}

/** What someone without an account may do in a channel: of public spaces only, reading only. */
export function anonymousPermissions(space: SpaceAccess, channel: ChannelAccess): bigint {
  if (!space.public) return 0n;
  return memoised(space, channel, []) & looking;
}

const looking = bit('view_channel') | bit('read_history');
const conversing =
  looking |
  permissionSet([
    'send_messages',
    'send_in_threads',
    'create_threads',
    'add_reactions',
    'embed_links',
    'attach_files',
    'use_external_emojis',
    'connect',
    'speak',
    'stream',
    'use_vad',
  ]);

/** What the reader may do in a conversation; nothing for who does not take part, instance admins included. */
export function conversationPermissions(of: ConversationAccess, reader: Reader): bigint {
  if (!of.people.includes(reader.id)) return 0n;
  return of.blocked ? looking : conversing;
}

/** Whether the set holds the permission. */
export function has(set: bigint, permission: Permission): boolean {
  return (set & bit(permission)) !== 0n;
}

/** The rank by which one member stands above another: the owner above all, then the highest role. */
export function rankOf(space: SpaceAccess, user_id: string, member: MemberAccess | null): number {
  if (user_id === space.owner_id) return Number.POSITIVE_INFINITY;
  let highest = 0;
  for (const id of member?.role_ids ?? []) {
    highest = Math.max(highest, space.roles.get(id)?.position ?? 0);
  }
  return highest;
}

/** The part of a channel's overwrites that decides who views it; channels that share it share a class. */
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
    // An allow wins over a deny of the same overwrite.
    return allowed || denied ? [[type, id, allowed ? 'allow' : 'deny']] : [];
  });
  rules.sort((a, b) => (a.join() < b.join() ? -1 : 1));
  return JSON.stringify([rules, allow_anonymous_read]);
}

/** The overwrites that a signature stands for. */
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

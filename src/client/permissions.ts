// What the reader may do, computed from the state by the same functions as the server's.
import {
  channelPermissions,
  conversationPermissions,
  has,
  spacePermissions,
  underTimeout,
  type MemberAccess,
  type OverwriteAccess,
  type RoleAccess,
  type SpaceAccess,
} from '../access/evaluate.ts';
import { permissionSet, type Permission } from '../access/permissions.ts';
import type { Shelves } from './shelves.ts';
import type { Channel } from './wire.ts';

/** `2`: blocked, as relationships say it on the wire. */
const blocked = 2;

function rolesOf(state: Shelves, space_id: string): RoleAccess[] {
  return [...state.roles.values()]
    .filter((role) => role.space_id === space_id)
    .map(({ id, position, permissions }) => {
      return { id, position, permissions: permissionSet(permissions) };
    });
}

function accessOf(state: Shelves, space_id: string): SpaceAccess | null {
  const space = state.spaces.get(space_id);
  const roles = rolesOf(state, space_id);
  const everyone = roles.find(({ position }) => position === 0);
  if (space === undefined || everyone === undefined) return null;
  return {
    id: space_id,
    owner_id: space.owner_id,
    public: space.public,
    allow_guest_access: false,
    system_channel_id: null,
    everyone,
    roles: new Map(roles.map((role) => [role.id, role])),
    channels: new Map(),
    classes: new Map(),
    memo: new Map(),
  };
}

function memberOf(state: Shelves, space_id: string): MemberAccess | null {
  const user_id = state.user?.id ?? '';
  const member = state.members.get(`${space_id} ${user_id}`);
  if (member === undefined) return null;
  const until = member.timed_out_until ?? null;
  return {
    user_id,
    role_ids: member.roles.toSorted(),
    timed_out_until: until === null ? null : Date.parse(until),
    bot_owner_id: null,
  };
}

function overwritesOf({ permission_overwrites }: Channel): OverwriteAccess[] {
  return permission_overwrites.map(({ id, type, allow, deny }) => {
    return { id, type, allow: permissionSet(allow), deny: permissionSet(deny) };
  });
}

/** Tells what the reader may do; nothing where the space or the own membership is not known. */
export type Can = (permission: Permission) => boolean;

const nothing: Can = () => false;

/** `now_ms`: Unix milliseconds, since a timeout ends by itself. */
function canIn(
  state: Shelves,
  space_id: string,
  now_ms: number,
  set: (space: SpaceAccess, member: MemberAccess | null, is_admin: boolean) => bigint,
): Can {
  const space = accessOf(state, space_id);
  if (space === null || state.user === null) return nothing;
  const member = memberOf(state, space_id);
  const { id, is_admin } = state.user;
  const isFree = is_admin || id === space.owner_id;
  const isSilenced = !isFree && (member?.timed_out_until ?? 0) > now_ms;
  const whole = set(space, member, is_admin);
  const held = isSilenced ? underTimeout(whole) : whole;
  return (permission) => has(held, permission);
}

/** What the reader may do in a space as a whole. */
export function canInSpace(state: Shelves, space_id: string, now_ms = Date.now()): Can {
  const id = state.user?.id ?? '';
  return canIn(state, space_id, now_ms, (space, member, is_admin) =>
    spacePermissions(space, member, { id, is_admin }),
  );
}

/** What the reader may do in a channel, of a space or between people. */
export function canInChannel(state: Shelves, channel: Channel, now_ms = Date.now()): Can {
  const { id: channel_id, space_id, recipients = [], type } = channel;
  const id = state.user?.id ?? '';
  if (space_id !== null) {
    return canIn(state, space_id, now_ms, (space, member, is_admin) => {
      const shape = { id: channel_id, overwrites: overwritesOf(channel) };
      return channelPermissions(space, shape, member, { id, is_admin });
    });
  }
  const [other] = recipients;
  const isBlocked =
    type === 'dm' && other !== undefined && state.relations.get(other.id)?.type === blocked;
  const conversation = {
    id: channel_id,
    type: type === 'group_dm' ? ('group_dm' as const) : ('dm' as const),
    space_id: null,
    owner_id: channel.owner_id,
    archived: channel.archived,
    rate_limit: channel.rate_limit,
    user_limit: channel.user_limit,
    people: [id, ...recipients.map((one) => one.id)],
    blocked: isBlocked,
  };
  const set = conversationPermissions(conversation, { id, is_admin: false });
  return (permission) => has(set, permission);
}

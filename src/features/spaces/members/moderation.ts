// Changes of members by moderators: each field needs its own permission and a higher rank.
import { memberAccess } from '../../../access/load.ts';
import type { Permission } from '../../../access/permissions.ts';
import { lacking, missing, type SpaceGrant } from '../../../access/rules.ts';
import type { Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { swapImages, type ImageChange } from '../../base/files/images.ts';
import { refuseHigherRole } from '../roles/actions.ts';
import { setRoles } from '../roles/queries.ts';
import {
  knownMember,
  recordChange,
  refuseGiving,
  refuseHigherHolder,
  refuseHigherMember,
  tellMember,
} from './actions.ts';
import { updateMember, type FullMember, type NewMemberRow } from './queries.ts';
import type { MemberPatch } from './schema.ts';

/** Changes a member: the whole patch or nothing. The image is already stored. */
export function changeMember(
  turn: Turn,
  by: SpaceGrant,
  user_id: string,
  patch: MemberPatch,
  avatar: ImageChange,
): FullMember {
  const change = allowedChange(turn, by, user_id, patch);
  const before = knownMember(turn, by.space.id, user_id);
  if (change.timed_out_until) refuseSilencing(by, before);
  const role_ids = patch.roles === undefined ? null : replacedRoles(by, before, patch.roles);
  const image = swapImages(turn.tx, before.member, { avatar });
  updateMember(turn.tx, by.space.id, user_id, { ...change, ...image });
  if (role_ids !== null) setRoles(turn.tx, by.space.id, user_id, role_ids);
  const after = tellMember(turn, before);
  recordChange(turn, by, before, after);
  return after;
}

/** Refuses actors without the permission or a higher rank; owners may change themselves. */
function refuseModerating(
  at: Pick<Turn, 'app'>,
  by: SpaceGrant,
  user_id: string,
  permission: Permission,
): void {
  if (!by.can(permission)) throw lacking(by, permission);
  const isOwnerSelf = user_id === by.actor.id && user_id === by.space.owner_id;
  if (!isOwnerSelf) refuseHigherMember(at, by, user_id);
}

/** Refuses a timeout for the owner of the space and for instance admins: it would take nothing. */
function refuseSilencing({ space }: SpaceGrant, { user }: FullMember): void {
  if (user.id !== space.owner_id && !user.is_admin) return;
  throw new ApiError('forbidden', 'The owner and instance admins cannot be put under timeout.');
}

/** Checks for an avatar what `changeMember` checks, before the image is decoded. */
export function refuseAvatar(at: Pick<Turn, 'app'>, by: SpaceGrant, user_id: string): void {
  refuseModerating(at, by, user_id, 'manage_nicknames');
  if (memberAccess(at.app, by.space.id, user_id) === null) {
    throw new ApiError('not_found', 'There is no such member.');
  }
}

/** Returns the columns that a patch changes, after it checked each field's permission. */
function allowedChange(turn: Turn, by: SpaceGrant, user_id: string, patch: MemberPatch) {
  const nickname = patch.nickname === undefined ? patch.nick : patch.nickname;
  const until =
    patch.communication_disabled_until === undefined
      ? patch.timed_out_until
      : patch.communication_disabled_until;
  const change: Partial<NewMemberRow> = {};
  const ask = (permission: Permission) => refuseModerating(turn, by, user_id, permission);
  // An empty patch only reads the member.
  const isLook = Object.values(patch).every((field) => field === undefined);
  if (isLook && !by.can('view_channel')) throw missing('view_channel');
  if (nickname !== undefined || patch.avatar !== undefined) ask('manage_nicknames');
  if (nickname !== undefined) change.nickname = nickname;
  if (patch.roles !== undefined) {
    if (!by.can('manage_roles')) throw lacking(by, 'manage_roles');
    refuseHigherHolder(turn, by, user_id);
  }
  if (patch.mute !== undefined) {
    ask('mute_members');
    change.mute = patch.mute;
  }
  if (patch.deaf !== undefined) {
    ask('deafen_members');
    change.deaf = patch.deaf;
  }
  if (until !== undefined) {
    ask('moderate_members');
    change.timed_out_until = until;
  }
  return change;
}

/**
 * Returns the new list of roles. Added and removed ones must be below the actor's rank; added ones hold
 * nothing that the actor does not hold.
 */
function replacedRoles(by: SpaceGrant, before: FullMember, wanted: readonly string[]): string[] {
  const list = [...new Set(wanted)];
  for (const id of list) {
    const role = by.space.roles.get(id);
    if (role === undefined || role.position === 0) {
      throw new ApiError('invalid_request', `${id} is no role of this space to give.`);
    }
    if (!before.role_ids.includes(id)) refuseGiving(by, role);
  }
  for (const id of before.role_ids) {
    const role = by.space.roles.get(id);
    if (role !== undefined && !list.includes(id)) refuseHigherRole(by, role);
  }
  return list;
}

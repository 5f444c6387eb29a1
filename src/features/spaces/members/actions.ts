// Makes, changes and ends memberships.
import { rankOf, type RoleAccess, type SpaceAccess } from '../../../access/evaluate.ts';
import { spacesOf } from '../../../access/hearing.ts';
import { memberAccess } from '../../../access/load.ts';
import { refuseUnheld, type SpaceGrant } from '../../../access/rules.ts';
import type { Actor } from '../../../access/tokens.ts';
import type { Turn } from '../../../app.ts';
import { ApiError, noSuch } from '../../../errors.ts';
import { nobody } from '../../../events/event.ts';
import { record } from '../audit-log/actions.ts';
import { differences } from '../../../lib/differences.ts';
import { dropAllowing, dropOverwrites } from '../channels/overwrites.ts';
import { swapImages, type ImageChange } from '../../base/files/images.ts';
import { refuseHigherRole } from '../roles/actions.ts';
import { addRole, removeRole } from '../roles/queries.ts';
import { maxMembers } from '../../base/settings/queries.ts';
import { knownSpace } from '../spaces/actions.ts';
import { spaceCreated, spaceLost, spaceUpdated } from '../spaces/events.ts';
import { updateSpace } from '../spaces/queries.ts';
import { spaceView } from '../spaces/view.ts';
import { mayHaveAccounts } from '../../people/users/queries.ts';
import {
  memberForgotten,
  memberJoined,
  memberLeaving,
  memberLeft,
  memberUpdated,
  tracesRenounced,
} from './events.ts';
import {
  countMembers,
  countMemberships,
  deleteMember,
  findMember,
  insertMember,
  isBanned,
  keepSanctions,
  takeSanctions,
  updateMember,
  type FullMember,
} from './queries.ts';
import type { OwnMemberPatch } from './schema.ts';
import { refuseSanctionedOwner } from './bots.ts';
import { memberView, memberWithUser } from './view.ts';

/** Returns the membership; throws 404 if there is none. */
export function knownMember(turn: Turn, space_id: string, user_id: string): FullMember {
  const row = findMember(turn.tx, space_id, user_id);
  if (row === undefined) throw new ApiError('not_found', 'There is no such member.');
  return row;
}

/** Tells whether the space has the maximum number of members. */
export function isFull({ tx }: Turn, space_id: string): boolean {
  const max = maxMembers(tx);
  // Counting many members is slow, and needless if the server has fewer accounts than the maximum.
  return mayHaveAccounts(tx, max) && countMembers(tx, space_id, max) >= max;
}

/** READY, a new name and what a session hears cost something for each space of an account. */
export const maxSpaces = 500;

/** Refuses one more space for an account that is in as many as it may be. */
export function refuseInMany({ tx }: Turn, user_id: string): void {
  if (countMemberships(tx, user_id, maxSpaces) < maxSpaces) return;
  throw new ApiError('forbidden', `An account is in at most ${maxSpaces} spaces.`);
}

/** Makes an account a member and tells it; false if it is one. Throws 403 if banned or full. */
export function join(
  turn: Turn,
  space_id: string,
  user_id: string,
  { temporary = false } = {},
): boolean {
  if (memberAccess(turn.app, space_id, user_id) !== null) return false;
  if (isBanned(turn.tx, space_id, user_id)) {
    throw new ApiError('forbidden', 'You are banned from this space.');
  }
  refuseSanctionedOwner(turn, space_id, user_id);
  if (isFull(turn, space_id)) throw new ApiError('forbidden', 'This space is full.');
  refuseInMany(turn, user_id);
  // Leaving and coming back does not end a timeout, mute or deafening.
  const sanctions = takeSanctions(turn.tx, space_id, user_id);
  insertMember(turn.tx, { ...sanctions, space_id, user_id, temporary, joined_at: turn.now });
  turn.tell(spaceCreated, { user_ids: [user_id] }, spaceView(turn.tx, knownSpace(turn, space_id)));
  const full = knownMember(turn, space_id, user_id);
  turn.tell(memberJoined, { space_id }, memberWithUser(full));
  return true;
}

/**
 * Ends a membership and tells it; false if there was none. The account gets `space.delete`. What was
 * taken from the member stays for when it comes back, unless it leaves `forever`.
 */
export function endMembership(
  turn: Turn,
  space_id: string,
  user_id: string,
  { forever = false } = {},
): boolean {
  const full = findMember(turn.tx, space_id, user_id);
  if (full === undefined) return false;
  turn.tell(memberLeaving, nobody, { space_id, user_id });
  if (!forever) keepSanctions(turn.tx, full, turn.now);
  // Changed first, so that `member.leave` is heard last.
  if (forever) dropOverwrites(turn, space_id, user_id);
  else dropAllowing(turn, space_id, user_id);
  deleteMember(turn.tx, space_id, user_id);
  turn.tell(memberLeft, { space_id }, { space_id, user_id });
  turn.tell(spaceLost, { user_ids: [user_id] }, { id: space_id });
  return true;
}

const sliceMemberships = 20;

/** Ends some memberships of an account that is deleted, also in its own spaces; true if there may be more. */
export function leaveSomeSpaces(turn: Turn, user_id: string, max = sliceMemberships): boolean {
  const some = spacesOf(turn.tx, user_id).slice(0, max);
  for (const space_id of some) {
    endMembership(turn, space_id, user_id, { forever: true });
    turn.tell(memberForgotten, nobody, { space_id, user_id });
  }
  return some.length === max;
}

/** Ends the actor's membership; refuses the owner. `erased`: its messages and traces go, too. */
export function leave(turn: Turn, space: SpaceAccess, actor: Actor, erased: boolean): void {
  if (actor.id === space.owner_id) {
    throw new ApiError('invalid_request', 'The owner cannot leave; hand over or delete the space.');
  }
  endMembership(turn, space.id, actor.id);
  if (erased) turn.tell(tracesRenounced, nobody, { space_id: space.id, user_id: actor.id });
}

/**
 * Refuses to act on a member at or above the actor's rank, and on the actor itself. Nobody acts on
 * the owner; instance admins act on everyone else.
 */
export function refuseHigherMember(
  { app }: Pick<Turn, 'app'>,
  by: SpaceGrant,
  user_id: string,
): void {
  const { actor, space, member } = by;
  if (user_id === space.owner_id) {
    throw new ApiError('forbidden', 'Nobody may do this to the owner of the space.');
  }
  if (actor.is_admin) return;
  const target = memberAccess(app, space.id, user_id);
  if (rankOf(space, actor.id, member) <= rankOf(space, user_id, target)) {
    throw new ApiError('forbidden', 'That member is not below your own highest role.');
  }
}

export function kick(turn: Turn, by: SpaceGrant, user_id: string): void {
  refuseHigherMember(turn, by, user_id);
  if (!endMembership(turn, by.space.id, user_id)) return;
  record(turn, by, { action: 'member_kick', target: { type: 'user', id: user_id } });
}

/** Tells how a membership looks now, if it changed; returns it. */
export function tellMember(turn: Turn, before: FullMember): FullMember {
  const { space_id, user_id } = before.member;
  const after = knownMember(turn, space_id, user_id);
  if (JSON.stringify(memberView(after)) !== JSON.stringify(memberView(before))) {
    turn.tell(memberUpdated, { space_id }, memberView(after));
  }
  return after;
}

/** Records a member's changes in the audit log; roles get their own entry: clients filter by it. */
export function recordChange(
  turn: Turn,
  by: SpaceGrant,
  before: FullMember,
  after: FullMember,
): void {
  const changes = differences(memberView(before), memberView(after));
  if (changes === null) return;
  const target = { type: 'member', id: after.member.user_id } as const;
  const { roles, ...others } = changes;
  if (Object.keys(others).length > 0) {
    record(turn, by, { action: 'member_update', target, changes: others });
  }
  if (roles) record(turn, by, { action: 'member_role_update', target, changes: { roles } });
}

/** Changes the actor's own nickname and member avatar. */
export function changeOwnMember(
  turn: Turn,
  space: SpaceAccess,
  actor: Actor,
  patch: OwnMemberPatch,
  avatar: ImageChange,
): FullMember {
  const before = knownMember(turn, space.id, actor.id);
  const nickname = patch.nickname === undefined ? patch.nick : patch.nickname;
  const change = nickname === undefined ? {} : { nickname };
  const image = swapImages(turn.tx, before.member, { avatar });
  updateMember(turn.tx, space.id, actor.id, { ...change, ...image });
  return tellMember(turn, before);
}

/**
 * Refuses to give or take roles of a member at or above the actor's rank. Members change their own:
 * roles below their highest one.
 */
export function refuseHigherHolder(at: Pick<Turn, 'app'>, by: SpaceGrant, user_id: string): void {
  if (user_id !== by.actor.id) refuseHigherMember(at, by, user_id);
}

/** Refuses to give a role that is not below the actor's rank, or holds what the actor does not hold. */
export function refuseGiving(by: SpaceGrant, role: RoleAccess): void {
  refuseHigherRole(by, role);
  refuseUnheld(by.can, role.permissions);
}

/** Gives or takes one role. */
export function assignRole(
  turn: Turn,
  by: SpaceGrant,
  user_id: string,
  role_id: string,
  given: boolean,
): void {
  const role = by.space.roles.get(role_id);
  if (role === undefined) throw noSuch('role');
  refuseHigherRole(by, role);
  if (role.position === 0) throw new ApiError('invalid_request', 'Everyone has @everyone.');
  refuseHigherHolder(turn, by, user_id);
  const before = knownMember(turn, by.space.id, user_id);
  if (given && !before.role_ids.includes(role_id)) refuseGiving(by, role);
  if (given) addRole(turn.tx, by.space.id, user_id, role_id);
  else removeRole(turn.tx, by.space.id, user_id, role_id);
  recordChange(turn, by, before, tellMember(turn, before));
}

/** Gives a role without any access check, for the server itself. */
export function grantRole(turn: Turn, space_id: string, user_id: string, role_id: string): void {
  const before = knownMember(turn, space_id, user_id);
  addRole(turn.tx, space_id, user_id, role_id);
  tellMember(turn, before);
}

/** Makes another account the owner of a space, and tells it. */
export function changeOwner(turn: Turn, space_id: string, owner_id: string): void {
  updateSpace(turn.tx, space_id, { owner_id });
  turn.tell(spaceUpdated, { space_id }, spaceView(turn.tx, knownSpace(turn, space_id)));
}

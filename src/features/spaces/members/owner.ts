// Hands a space over to another member.
import type { Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { record } from '../audit-log/actions.ts';
import { rolesOf } from '../roles/queries.ts';
import { knownSpace } from '../spaces/actions.ts';
import { changeOwner, grantRole } from './actions.ts';
import { findMember, type FullMember } from './queries.ts';

/** The role that a founder gets. */
const adminRole = 'Admin';

/** Gives a member the role that a founder gets, if there still is one. */
export function grantFoundersRole(turn: Turn, space_id: string, user_id: string): void {
  const role = rolesOf(turn.tx, space_id).find(({ name }) => name === adminRole);
  const member = findMember(turn.tx, space_id, user_id);
  if (role === undefined || member?.role_ids.includes(role.id) !== false) return;
  grantRole(turn, space_id, user_id, role.id);
}

/**
 * Makes another member the owner of a space, and gives them the role Admin if there still is one, as a
 * founder has; who owned it before stays a member and keeps all roles. With an `actor` the audit log of
 * the space says who did it. Throws 400 for who cannot own the space, or owns it already.
 */
export function handOver(
  turn: Turn,
  space: { readonly id: string },
  new_owner_id: string,
  actor: { readonly id: string } | null = null,
): void {
  const { owner_id } = knownSpace(turn, space.id);
  if (owner_id === new_owner_id) {
    throw new ApiError('invalid_request', 'This account owns the space already.');
  }
  const heir = findMember(turn.tx, space.id, new_owner_id);
  refuseUnfit(turn, heir);
  changeOwner(turn, space.id, new_owner_id);
  grantFoundersRole(turn, space.id, new_owner_id);
  if (actor === null) return;
  record(
    turn,
    { actor, space },
    {
      action: 'space_update',
      target: { type: 'space', id: space.id },
      changes: { owner_id: { old: owner_id, new: new_owner_id } },
    },
  );
}

/** Throws 400 for who is no member, and for members who cannot look after a space. */
function refuseUnfit(turn: Turn, heir: FullMember | undefined): void {
  const refused = (message: string) => new ApiError('invalid_request', message);
  if (heir === undefined) throw refused('The new owner must be a member of the space.');
  const { member, user } = heir;
  if (user.bot || user.system) throw refused('Only a person can be given a space.');
  if (user.disabled) throw refused('This account is disabled.');
  if ((member.timed_out_until ?? 0) > turn.now) {
    throw refused('This member is under timeout: end that first.');
  }
}

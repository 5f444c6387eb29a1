// Makes, changes, moves and deletes roles; actors can only touch roles below their own rank.
import { rankOf } from '../../../access/evaluate.ts';
import { permissionSet } from '../../../access/permissions.ts';
import { refuseUnheld, type SpaceGrant } from '../../../access/rules.ts';
import type { Turn } from '../../../app.ts';
import { ApiError, noSuch } from '../../../errors.ts';
import { record, recordAll } from '../audit-log/actions.ts';
import { differences } from '../../../lib/differences.ts';
import { roleCreated, roleDeleted, roleRestyled, roleUpdated } from './events.ts';
import {
  findRole,
  hideRole,
  insertRole,
  clearRole,
  placeRoles,
  rolesOf,
  updateRole,
  type RoleRow,
} from './queries.ts';
import type { NewRole, Positions, RolePatch } from './schema.ts';
import { roleView } from './view.ts';

const maxRoles = 250;

/** Returns the position of the actor's highest role; infinite for owners and instance admins. */
export function actingRank({ actor, space, member }: SpaceGrant): number {
  return actor.is_admin ? Number.POSITIVE_INFINITY : rankOf(space, actor.id, member);
}

/** Refuses actors whose rank is not above the role. */
export function refuseHigherRole(by: SpaceGrant, role: { position: number }): void {
  if (actingRank(by) <= role.position) {
    throw new ApiError('forbidden', 'That role is not below your own highest role.');
  }
}

/** Returns the role of this space; throws 404 if there is none. */
export function knownRole(turn: Turn, space_id: string, id: string): RoleRow {
  const row = findRole(turn.tx, space_id, id);
  if (row === undefined) throw noSuch('role');
  return row;
}

/**
 * Makes a role: on top of all for owners and instance admins, else right below the actor's highest
 * role, which moves up. For actors without a role it is the lowest.
 */
export function createRole(turn: Turn, by: SpaceGrant, wish: NewRole): RoleRow {
  refuseUnheld(by.can, permissionSet(wish.permissions));
  const known = rolesOf(turn.tx, by.space.id);
  if (known.length >= maxRoles) {
    throw new ApiError('invalid_request', `A space has at most ${maxRoles} roles.`);
  }
  const rank = actingRank(by);
  const top = known.at(-1)?.position ?? 0;
  const position = Number.isFinite(rank) ? Math.max(1, rank) : top + 1;
  const id = turn.id();
  const raised = known
    .filter((role) => role.position >= position)
    .map((role) => ({ ...role, position: role.position + 1 }));
  placeRoles(turn.tx, raised);
  insertRole(turn.tx, { id, space_id: by.space.id, ...wish, position });
  const row = knownRole(turn, by.space.id, id);
  turn.tell(roleCreated, { space_id: by.space.id }, { space_id: by.space.id, role: roleView(row) });
  // The first event has had everybody's access looked at again.
  for (const role of raised) tellRole(turn, role, { reaches: false });
  const { name, permissions } = roleView(row);
  const changes = { name, permissions };
  record(turn, by, { action: 'role_create', target: { type: 'role', id }, changes });
  return row;
}

/** Tells how a role looks now; `reaches`: whether its permissions or its rank have changed. */
function tellRole(turn: Turn, row: RoleRow, { reaches } = { reaches: true }): void {
  const { space_id } = row;
  const told = reaches ? roleUpdated : roleRestyled;
  turn.tell(told, { space_id }, { space_id, role: roleView(row) });
}

export function changeRole(turn: Turn, by: SpaceGrant, id: string, patch: RolePatch): RoleRow {
  const before = knownRole(turn, by.space.id, id);
  refuseHigherRole(by, before);
  if (patch.permissions) {
    refuseUnheld(by.can, permissionSet(patch.permissions) & ~permissionSet(before.permissions));
  }
  updateRole(turn.tx, id, patch);
  const after = knownRole(turn, by.space.id, id);
  const changes = differences(roleView(before), roleView(after));
  if (changes !== null) {
    tellRole(turn, after, { reaches: 'permissions' in changes });
    record(turn, by, { action: 'role_update', target: { type: 'role', id }, changes });
  }
  return after;
}

export function deleteRole(turn: Turn, by: SpaceGrant, id: string): void {
  const role = knownRole(turn, by.space.id, id);
  if (role.position === 0) throw new ApiError('forbidden', '@everyone cannot be deleted.');
  refuseHigherRole(by, role);
  // If many members have the role, the rest of the assignments is cleared in later turns.
  if (!clearRole(turn.tx, id)) hideRole(turn.tx, id);
  const { space_id } = role;
  turn.tell(roleDeleted, { space_id }, { space_id, role_id: id });
  const changes = { name: role.name };
  record(turn, by, { action: 'role_delete', target: { type: 'role', id }, changes });
}

/**
 * Moves roles below the actor's rank to positions below it. Other roles keep their order; positions
 * are numbered from 1 without gaps. Ids of other spaces are ignored.
 */
export function reorderRoles(turn: Turn, by: SpaceGrant, wishes: Positions): RoleRow[] {
  const known = rolesOf(turn.tx, by.space.id);
  const wanted = new Map<string, number>();
  const byId = new Map(known.map((role) => [role.id, role]));
  // The last position named for a role counts.
  const named = new Map(wishes.map((wish) => [wish.id, wish.position]));
  for (const [id, position] of named) {
    const role = byId.get(id);
    if (role === undefined || role.position === position) continue;
    if (position === 0 || role.position === 0) {
      throw new ApiError('invalid_request', '@everyone stays at 0; other positions begin at 1.');
    }
    refuseHigherRole(by, role);
    refuseHigherRole(by, { position });
    wanted.set(id, position);
  }
  const movable = known.filter(({ position }) => position !== 0);
  // Half a step further in the direction of the move, so that the role ends at that position.
  const sortKey = ({ id, position }: RoleRow) => {
    const wish = wanted.get(id);
    return wish === undefined ? position : wish + (wish > position ? 0.5 : -0.5);
  };
  const ordered = movable.toSorted((a, b) => sortKey(a) - sortKey(b) || a.position - b.position);
  const moved = ordered.flatMap((role, index) => {
    const position = index + 1;
    return role.position === position ? [] : [{ role, position }];
  });
  placeRoles(
    turn.tx,
    moved.map(({ role: { id }, position }) => ({ id, position })),
  );
  for (const [index, { role, position }] of moved.entries()) {
    // Access is looked at again once for all of them.
    tellRole(turn, { ...role, position }, { reaches: index === 0 });
  }
  recordAll(
    turn,
    by,
    moved.flatMap(({ role: { id, position: old }, position }) => {
      // Roles that nobody named and that only made room get no audit log entry.
      if (!named.has(id)) return [];
      const changes = { position: { old, new: position } };
      return [{ action: 'role_update', target: { type: 'role', id }, changes }];
    }),
  );
  return rolesOf(turn.tx, by.space.id);
}

// Makes, changes, moves and deletes roles; actors can only touch roles below their own rank.
import { rankOf } from '../../../access/evaluate.ts';
import { permissionSet } from '../../../access/permissions.ts';
import { refuseUnheld, type SpaceGrant } from '../../../access/rules.ts';
import type { Turn } from '../../../app.ts';
import { ApiError, noSuch } from '../../../errors.ts';
import { differences, record } from '../audit-log/actions.ts';
import { roleCreated, roleDeleted, roleUpdated } from './events.ts';
import {
  findRole,
  hideRole,
  insertRole,
  clearRole,
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
  const raised = known.filter((role) => role.position >= position);
  for (const role of raised) updateRole(turn.tx, role.id, { position: role.position + 1 });
  insertRole(turn.tx, { id, space_id: by.space.id, ...wish, position });
  const row = knownRole(turn, by.space.id, id);
  turn.tell(roleCreated, { space_id: by.space.id }, { space_id: by.space.id, role: roleView(row) });
  for (const role of raised) tellRole(turn, { ...role, position: role.position + 1 });
  const { name, permissions } = roleView(row);
  const changes = { name, permissions };
  record(turn, by, { action: 'role_create', target: { type: 'role', id }, changes });
  return row;
}

function tellRole(turn: Turn, row: RoleRow): void {
  const { space_id } = row;
  turn.tell(roleUpdated, { space_id }, { space_id, role: roleView(row) });
}

export function changeRole(turn: Turn, by: SpaceGrant, id: string, patch: RolePatch): RoleRow {
  const before = knownRole(turn, by.space.id, id);
  refuseHigherRole(by, before);
  if (patch.permissions) refuseUnheld(by.can, permissionSet(patch.permissions));
  updateRole(turn.tx, id, patch);
  const after = knownRole(turn, by.space.id, id);
  const changes = differences(roleView(before), roleView(after));
  if (changes !== null) {
    tellRole(turn, after);
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
  for (const { id, position } of wishes) {
    const role = known.find((one) => one.id === id);
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
  for (const [index, role] of ordered.entries()) {
    const position = index + 1;
    if (role.position === position) continue;
    updateRole(turn.tx, role.id, { position });
    tellRole(turn, { ...role, position });
    // Roles that only made room get no audit log entry.
    if (!wanted.has(role.id)) continue;
    const target = { type: 'role', id: role.id } as const;
    const changes = { position: { old: role.position, new: position } };
    record(turn, by, { action: 'role_update', target, changes });
  }
  return rolesOf(turn.tx, by.space.id);
}

// The REST endpoints of roles.
import { z } from 'zod';
import { spaceMemberOrGuest } from '../../../access/reading.ts';
import { space } from '../../../access/rules.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { ListQuery, Nothing, pageOf } from '../../shapes.ts';
import { changeRole, createRole, deleteRole, reorderRoles } from './actions.ts';
import { rolesOf } from './queries.ts';
import { NewRole, Positions, positionsBody_bytes, Role, RolePatch } from './schema.ts';
import { roleView } from './view.ts';

export const listRoles = endpoint({
  method: 'GET',
  path: '/spaces/:space_id/roles',
  summary: 'List the roles of a space, @everyone first',
  hint: 'Clients ask for this in each space when they connect: three requests a minute for each space that the account is in do not count against the rate limit.',
  limit: 'beyond_spaces',
  access: spaceMemberOrGuest,
  query: ListQuery,
  returns: z.array(Role),
  run: ({ app, space: { id }, query }) => pageOf(rolesOf(app.db, id), query).map(roleView),
});

export const createRoleRoute = endpoint({
  method: 'POST',
  path: '/spaces/:space_id/roles',
  summary: 'Make a role',
  access: space('manage_roles'),
  body: NewRole,
  returns: Role,
  run: ({ turn, body, ...by }) => roleView(createRole(turn, by, body)),
});

export const reorderRolesRoute = endpoint({
  method: 'PATCH',
  path: '/spaces/:space_id/roles',
  summary: 'Move roles',
  access: space('manage_roles'),
  body: Positions,
  body_limit: positionsBody_bytes,
  returns: z.array(Role),
  run: ({ turn, body, ...by }) => reorderRoles(turn, by, body).map(roleView),
});

export const updateRoleRoute = endpoint({
  method: 'PATCH',
  path: '/spaces/:space_id/roles/:role_id',
  summary: 'Change a role',
  access: space('manage_roles'),
  body: RolePatch,
  returns: Role,
  run: ({ turn, body, params, ...by }) => roleView(changeRole(turn, by, params.role_id, body)),
});

export const deleteRoleRoute = endpoint({
  method: 'DELETE',
  path: '/spaces/:space_id/roles/:role_id',
  summary: 'Remove a role',
  access: space('manage_roles'),
  returns: Nothing,
  run: ({ turn, params, ...by }) => deleteRole(turn, by, params.role_id),
});

// Turns rows of roles into their wire shape.
import { namesOf, permissionSet } from '../../../access/permissions.ts';
import type { RoleRow } from './queries.ts';
import type { Role } from './schema.ts';

export function roleView(row: RoleRow): Role {
  return {
    id: row.id,
    space_id: row.space_id,
    name: row.name,
    color: row.color,
    hoist: row.hoist,
    icon: row.icon,
    position: row.position,
    permissions: namesOf(permissionSet(row.permissions)),
    managed: row.managed,
    mentionable: row.mentionable,
  };
}

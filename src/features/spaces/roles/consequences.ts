// Gives a new space its first roles.
import { consequence } from '../../../consequence.ts';
import { defaultRoles } from '../../../access/permissions.ts';
import { spaceFounded } from '../spaces/events.ts';
import { insertRole } from './queries.ts';

export const furnishRoles = consequence(spaceFounded, (turn, { space_id }) => {
  for (const [position, role] of defaultRoles.entries()) {
    insertRole(turn.tx, {
      ...role,
      id: turn.id(),
      space_id,
      position,
      permissions: [...role.permissions],
    });
  }
});

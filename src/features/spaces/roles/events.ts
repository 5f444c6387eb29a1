// The events of roles.
import { z } from 'zod';
import { event } from '../../../events/event.ts';
import { Id } from '../../shapes.ts';
import { Role } from './schema.ts';

const RoleTold = z.object({ space_id: Id, role: Role });

export const roleCreated = event('role.create', {
  summary: 'A role was made',
  intent: 'spaces',
  audience: 'space',
  data: RoleTold,
  moves: ({ space_id }) => ({ space_id }),
});

export const roleUpdated = event('role.update', {
  summary: 'A role has changed, its position included',
  intent: 'spaces',
  audience: 'space',
  data: RoleTold,
  moves: ({ space_id }) => ({ space_id }),
});

/** The same where nothing changed that access checks read: nobody's access is looked at again. */
export const roleRestyled = event('role.update', {
  summary: 'A role looks different: its name, colour, icon, or where it is listed',
  intent: 'spaces',
  audience: 'space',
  data: RoleTold,
});

export const roleDeleted = event('role.delete', {
  summary: 'A role is gone',
  intent: 'spaces',
  audience: 'space',
  data: z.object({ space_id: Id, role_id: Id }),
  moves: ({ space_id }) => ({ space_id }),
  // Its consequences run before the audit log tells of it: members who lost access do not hear it.
  at_once: true,
});

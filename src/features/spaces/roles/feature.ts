// The feature of roles and their assignments.
import { member_roles, roles } from '../../../db/schema/spaces.ts';
import { rowsWith } from '../../base/clearing/rows.ts';
import { feature } from '../../feature.ts';
import * as consequences from './consequences.ts';
import * as events from './events.ts';
import * as pictures from './pictures.ts';
import { clearRole } from './queries.ts';
import * as ready from './ready.ts';
import * as routes from './routes.ts';

export const rolesFeature = feature({
  name: 'roles',
  modules: [routes, events, consequences, pictures, ready],
  tables: [roles, member_roles],
  keeps: { space: [rowsWith(member_roles.space_id), rowsWith(roles.space_id)] },
  clears: { role: ({ tx }, { target_id }) => clearRole(tx, target_id) },
  ids: [roles],
  audits: ['role_create', 'role_update', 'role_delete'],
});

// The feature of invites to spaces.
import { invites } from '../../../db/schema/spaces.ts';
import { rowsWith } from '../../base/clearing/rows.ts';
import { feature } from '../../feature.ts';
import * as consequences from './consequences.ts';
import * as events from './events.ts';
import { startExpiry } from './expiry.ts';
import * as routes from './routes.ts';

export const invitesFeature = feature({
  name: 'invites',
  modules: [routes, events, consequences],
  tables: [invites],
  keeps: { space: [rowsWith(invites.space_id)] },
  start: startExpiry,
  audits: ['invite_create', 'invite_delete', 'invite_accept'],
});

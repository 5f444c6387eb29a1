// The feature of bans.
import { bans } from '../../../db/schema/spaces.ts';
import { rowsWith } from '../../base/clearing/rows.ts';
import { feature } from '../../feature.ts';
import * as events from './events.ts';
import * as routes from './routes.ts';

export const bansFeature = feature({
  name: 'bans',
  modules: [routes, events],
  tables: [bans],
  keeps: { space: [rowsWith(bans.space_id)] },
  audits: ['member_ban_add', 'member_ban_remove'],
});

// The feature of muted channels.
import { channel_mutes } from '../../../db/schema/readers.ts';
import { rowsWith } from '../../base/clearing/rows.ts';
import { feature } from '../../feature.ts';
import * as consequences from './consequences.ts';
import * as events from './events.ts';
import * as ready from './ready.ts';
import * as routes from './routes.ts';

export const mutesFeature = feature({
  name: 'mutes',
  modules: [routes, events, consequences, ready],
  tables: [channel_mutes],
  keeps: {
    channel: [rowsWith(channel_mutes.channel_id)],
    account: [rowsWith(channel_mutes.user_id)],
  },
});

// The feature of conversations: direct messages and groups.
import { conversation_people, dm_pairs } from '../../../db/schema/conversations.ts';
import { rowsWith } from '../../base/clearing/rows.ts';
import { feature } from '../../feature.ts';
import * as channelRoutes from './channel-routes.ts';
import * as consequences from './consequences.ts';
import * as events from './events.ts';
import * as ready from './ready.ts';
import * as routes from './routes.ts';

export const conversationsFeature = feature({
  name: 'conversations',
  modules: [routes, channelRoutes, events, consequences, ready],
  tables: [conversation_people, dm_pairs],
  keeps: {
    channel: [rowsWith(conversation_people.channel_id), rowsWith(dm_pairs.channel_id)],
  },
});

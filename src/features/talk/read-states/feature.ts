// The feature of read states and mentions.
import { message_mentions, read_states } from '../../../db/schema/readers.ts';
import { rowsWith } from '../../base/clearing/rows.ts';
import { feature } from '../../feature.ts';
import * as consequences from './consequences.ts';
import * as events from './events.ts';
import { forgetSomeReading } from './queries.ts';
import * as ready from './ready.ts';
import * as routes from './routes.ts';

export const readStatesFeature = feature({
  name: 'read-states',
  modules: [routes, events, consequences, ready],
  tables: [read_states, message_mentions],
  keeps: {
    channel: [rowsWith(read_states.channel_id), rowsWith(message_mentions.channel_id)],
    account: [({ tx }, user_id) => !forgetSomeReading(tx, user_id)],
  },
});

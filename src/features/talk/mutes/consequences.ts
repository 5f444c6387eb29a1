// Forgets what somebody has muted in a space that they leave with all traces; tells what categories mute.
import { consequence } from '../../../consequence.ts';
import { channelsRehomed } from '../../spaces/channels/events.ts';
import { tracesRenounced } from '../../spaces/members/events.ts';
import { deleteMutesIn } from './queries.ts';
import { rehome } from './rehoming.ts';

export const forgetMutes = consequence(tracesRenounced, ({ tx }, { user_id, space_id }) => {
  deleteMutesIn(tx, user_id, space_id);
});

export const followCategory = consequence(channelsRehomed, rehome);

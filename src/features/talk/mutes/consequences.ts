// Forgets what somebody has muted in a space that they leave with all traces; tells what categories mute.
import { consequence } from '../../../consequence.ts';
import { channelsRehomed } from '../../spaces/channels/events.ts';
import { conversationOpened } from '../../spaces/conversations/events.ts';
import { tracesRenounced } from '../../spaces/members/events.ts';
import { muteCreated } from './events.ts';
import { deleteMutesIn, findMute } from './queries.ts';
import { rehome } from './rehoming.ts';

export const forgetMutes = consequence(tracesRenounced, ({ tx }, { user_id, space_id }) => {
  deleteMutesIn(tx, user_id, space_id);
});

/** Who muted a group, left it and is added again has it muted. */
export const showMute = consequence(conversationOpened, (turn, { id }, { user_ids }) => {
  const muters = user_ids.filter((user_id) => findMute(turn.tx, user_id, id) !== null);
  if (muters.length > 0) turn.tell(muteCreated, { user_ids: muters }, { channel_id: id });
});

export const followCategory = consequence(channelsRehomed, rehome);

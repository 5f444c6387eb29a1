// How a change of access looks to those whom it concerns.
import { eventFrame } from '../../events/event.ts';
import type { Scenery } from '../../gateway/moves.ts';
import { channelCreated, channelDeleted } from '../channels/events.ts';
import { channelNow } from '../channels/view.ts';
import { spaceGained } from './picture.ts';

export const scenery: Scenery = {
  channelIntent: channelCreated.intent_bit,
  *channelsGained(app, _space_id, channel_ids) {
    for (const id of channel_ids) {
      const channel = channelNow(app.db, id);
      if (channel === null) continue;
      yield eventFrame(channelCreated.type, null, channelCreated.pick(channel));
    }
  },
  *channelsLost(before, channel_ids) {
    for (const id of channel_ids) {
      const channel = before.channels.get(id);
      if (channel === undefined) continue;
      const { type, space_id } = channel;
      yield eventFrame(channelDeleted.type, null, channelDeleted.pick({ id, space_id, type }));
    }
  },
  spaceGained,
};

// How a change of access looks to those whom it concerns.
import type { SpaceAccess } from '../../access/evaluate.ts';
import { eventFrame } from '../../events/event.ts';
import type { Scenery } from '../../gateway/showing.ts';
import { channelCreated, channelDeleted } from '../channels/events.ts';
import { channelNow } from '../channels/view.ts';
import { memberJoined } from '../members/events.ts';
import { spaceGained } from './gained.ts';

/** Frames of channels, for as long as their space stays as it is: many may be shown the same ones. */
const made = new WeakMap<SpaceAccess, Map<string, string>>();

export const scenery: Scenery = {
  channelIntent: channelCreated.intent_bit,
  spaceIntents: [channelCreated.intent_bit, memberJoined.intent_bit],
  channelGained(app, space, channel_id) {
    let frames = made.get(space);
    if (frames === undefined) {
      frames = new Map();
      made.set(space, frames);
    }
    let frame = frames.get(channel_id) ?? null;
    if (frame === null) {
      const channel = channelNow(app.db, channel_id);
      if (channel === null) return null;
      frame = eventFrame(channelCreated.type, null, channelCreated.pick(channel));
      frames.set(channel_id, frame);
    }
    return frame;
  },
  channelLost(before, channel_id) {
    const channel = before.channels.get(channel_id);
    if (channel === undefined) return null;
    const { id, type, space_id } = channel;
    return eventFrame(channelDeleted.type, null, channelDeleted.pick({ id, space_id, type }));
  },
  spaceGained,
};

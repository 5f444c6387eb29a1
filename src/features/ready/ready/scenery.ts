// Shows sessions what they gain and lose when access changes.
import type { SpaceAccess } from '../../../access/evaluate.ts';
import type { App } from '../../../app.ts';
import { frameOf } from '../../../events/event.ts';
import type { Scenery } from '../../../gateway/showing.ts';
import { channelCreated, channelDeleted } from '../../spaces/channels/events.ts';
import { channelNow } from '../../spaces/channels/view.ts';
import { memberJoined } from '../../spaces/members/events.ts';
import { voiceStateUpdated } from '../../live/voice/events.ts';
import { slice, voiceStatesIn } from '../../live/voice/queries.ts';
import { isSmall, spaceGained } from './gained.ts';
import { voiceFrame } from './voice.ts';

/** Frames of channels, until their space changes: many sessions may be shown the same ones. */
const made = new WeakMap<SpaceAccess, Map<string, string>>();

function channelFrame(app: App, space: SpaceAccess, channel_id: string): string | null {
  let frames = made.get(space);
  if (frames === undefined) {
    frames = new Map();
    made.set(space, frames);
  }
  const known = frames.get(channel_id);
  if (known !== undefined) return known;
  const channel = channelNow(app.db, channel_id);
  if (channel === null) return null;
  const frame = frameOf(app, channelCreated, null, channel);
  frames.set(channel_id, frame);
  return frame;
}

export const scenery: Scenery = {
  channelIntents: [channelCreated.intent_bit, voiceStateUpdated.intent_bit],
  spaceIntents: [channelCreated.intent_bit, memberJoined.intent_bit],
  *channelGained(app, space, channel_id) {
    const frame = channelFrame(app, space, channel_id);
    if (frame === null) return;
    yield { intent: channelCreated.intent_bit, frame };
    if (space.channels.get(channel_id)?.type !== 'voice') return;
    for (const row of voiceStatesIn(app.db, channel_id, slice)) {
      yield { intent: voiceStateUpdated.intent_bit, frame: voiceFrame(app, row) };
    }
  },
  *channelLost(app, before, channel_id) {
    const channel = before.channels.get(channel_id);
    if (channel === undefined) return;
    const { id, type, space_id } = channel;
    const frame = frameOf(app, channelDeleted, null, { id, space_id, type });
    yield { intent: channelDeleted.intent_bit, frame };
  },
  spaceGained,
  isSmall,
};

// Shows sessions what they gain and lose when access changes.
import type { SpaceAccess } from '../../../access/evaluate.ts';
import type { App } from '../../../app.ts';
import { eventFrame, frameOf } from '../../../events/event.ts';
import type { Scenery } from '../../../gateway/showing.ts';
import { channelCreated, channelDeleted } from '../../spaces/channels/events.ts';
import { channelShown } from '../../spaces/channels/pictures.ts';
import { memberJoined } from '../../spaces/members/events.ts';
import { voiceStateUpdated } from '../../live/voice/events.ts';
import { slice, voiceStatesIn } from '../../live/voice/queries.ts';
import { isSmall, spaceGained } from './gained.ts';
import { mayConcern, ownFrames } from './own.ts';
import { accountFrame } from './picture.ts';
import { voiceFrame } from './voice.ts';

/** A channel as it is now: a new name or message changes nobody's access, so nothing else would tell of it. */
function channelFrame(
  app: App,
  { id }: SpaceAccess,
  channel_id: string,
  isForGuest: boolean,
): string | null {
  const channel = channelShown(app, id, channel_id, isForGuest);
  return channel === null ? null : eventFrame(channelCreated.type, null, channel.text);
}

export const scenery: Scenery = {
  channelIntents: [channelCreated.intent_bit, voiceStateUpdated.intent_bit],
  spaceIntents: [channelCreated.intent_bit, memberJoined.intent_bit],
  *channelGained(app, space, channel_id, isForGuest) {
    const frame = channelFrame(app, space, channel_id, isForGuest);
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
  mayConcern,
  ownFrames,
  accountFrame,
  spaceGained,
  isSmall,
};

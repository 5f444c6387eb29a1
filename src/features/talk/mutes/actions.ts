// Mutes channels, categories and conversations, and takes that back.
import { channelOf } from '../../../access/load.ts';
import type { AccountGrant, ChannelGrant } from '../../../access/rules.ts';
import type { Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { muteCreated, muteDeleted } from './events.ts';
import { channelsUnder, isMuted } from './muted.ts';
import { countMutes, deleteMute, findMute, insertMute } from './queries.ts';
import type { MuteRow } from './queries.ts';

/** How much one account may mute. */
export const maxMutes = 2_000;

/** Mutes what is in the grant; does nothing if it is muted already. Answers the mute. */
export function mute(turn: Turn, { actor, channel }: ChannelGrant): MuteRow {
  const { app, tx } = turn;
  const known = findMute(tx, actor.id, channel.id);
  if (known !== null) return known;
  if (countMutes(tx, actor.id) >= maxMutes) {
    throw new ApiError('invalid_request', `An account mutes at most ${maxMutes} channels.`);
  }
  const inside = channelsUnder(app, actor, channel).filter((id) => !isMuted(app, actor.id, id));
  const row = { channel_id: channel.id, created_at: turn.now };
  insertMute(tx, actor.id, row);
  for (const channel_id of [channel.id, ...inside]) {
    turn.tell(muteCreated, { user_ids: [actor.id] }, { channel_id });
  }
  return row;
}

/** Unmutes a channel; does nothing if it is not muted, whether it exists or not. */
export function unmute(turn: Turn, { actor }: AccountGrant, channel_id: string): void {
  const { app, tx } = turn;
  if (!deleteMute(tx, actor.id, channel_id)) return;
  const channel = channelOf(app, channel_id);
  const inside = channel === null ? [] : channelsUnder(app, actor, channel);
  for (const id of [channel_id, ...inside]) {
    // What is muted in another way stays so.
    if (isMuted(app, actor.id, id)) continue;
    turn.tell(muteDeleted, { user_ids: [actor.id] }, { channel_id: id });
  }
}

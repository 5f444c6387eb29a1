// Changes voice states: members join, move, change their flags, and leave.
import type { Reader } from '../../../access/evaluate.ts';
import { readerOf } from '../../../access/hearing.ts';
import { channelOf } from '../../../access/load.ts';
import { belongs, placeOf, type Place } from '../../../access/place.ts';
import type { Turn } from '../../../app.ts';
import type { ChannelScope } from '../../../events/audience.ts';
import { nobody } from '../../../events/event.ts';
import { openWindow } from '../../spaces/conversations/actions.ts';
import { voiceLeft, voiceStateUpdated } from './events.ts';
import { grantsAt, mayStay, roomGrants } from './admission.ts';
import {
  classOf,
  deleteVoiceState,
  hasToken,
  moderation,
  putVoiceState,
  updateVoiceState,
  voiceStateOf,
  voiceStatesOfSpace,
  slice,
  type VoiceRow,
} from './queries.ts';
import { rooms } from './rooms.ts';
import { voiceLeftView, voiceStateView } from './view.ts';

/** The flags that somebody sets for their own voice state. */
export type Flags = Pick<VoiceRow, 'self_mute' | 'self_deaf' | 'self_stream' | 'self_video'>;

/** Somebody who joins a channel, with their flags. */
export interface Entry extends Flags {
  user_id: string;
  place: Place;
  session_id: string;
  /** Whether the state ends with that session. */
  bound: boolean;
}

/** Moves somebody into a channel, out of any other; callers must call `refuseEntry` first. */
export function enter(turn: Turn, { place, ...entry }: Entry): VoiceRow {
  const { user_id } = entry;
  const { channel } = place;
  const { id: channel_id, space_id } = channel;
  if (channel.space_id === null) openWindow(turn, channel, user_id);
  const before = voiceStateOf(turn.tx, user_id);
  const moderated = moderation(turn.tx, space_id, user_id);
  const row: VoiceRow = {
    ...entry,
    ...moderated,
    space_id,
    channel_id,
    grants: grantsAt(place, moderated),
    participant_sid: null,
    since: turn.steady,
  };
  putVoiceState(turn.tx, row);
  if (before !== undefined && before.channel_id !== channel_id) tellMove(turn, before, place);
  tellState(turn, row, place);
  return row;
}

/** Tells viewers of only the old channel that somebody left, but not the account that moves. */
function tellMove(turn: Turn, before: VoiceRow, { channel }: Place): void {
  const { app } = turn;
  const { user_id } = before;
  const old = scopeOf(turn, before);
  const now: ChannelScope = channel;
  if (old.class_id === undefined || old.class_id !== now.class_id) {
    const to = { channel: old, without: { channel, user_id } };
    turn.tell(voiceStateUpdated, to, voiceLeftView(before));
  }
  tellLeft(turn, before);
  turn.afterwards(() => rooms(app).remove(before.channel_id, user_id));
}

/** The scope in which a state is heard; its channel may just have been deleted. */
function scopeOf({ app, tx }: Turn, { channel_id, space_id }: VoiceRow): ChannelScope {
  const channel = channelOf(app, channel_id);
  if (channel !== null) return channel;
  const class_id = space_id === null ? null : classOf(tx, channel_id);
  // The people of a conversation that is gone hear that it is, each of them.
  return class_id === null ? { people: [] } : { class_id };
}

/** Lets others know that somebody is not in a channel any more. */
function tellLeft(turn: Turn, { user_id, channel_id, space_id }: VoiceRow): void {
  turn.tell(voiceLeft, nobody, { user_id, channel_id, space_id });
}

/** All viewers of the channel, and the account itself even if it is not one of them. */
function audienceOf(turn: Turn, row: VoiceRow, place: Place | null) {
  const views = place !== null && belongs(place) && place.can('view_channel');
  const channel = place?.channel ?? scopeOf(turn, row);
  return views ? { channel } : { channel, user_ids: [row.user_id] };
}

function tellState(turn: Turn, row: VoiceRow, place: Place): void {
  turn.tell(voiceStateUpdated, audienceOf(turn, row, place), voiceStateView(row));
}

/** Changes the flags of somebody in the channel where they are, or the session that holds the state. */
export function changeState(
  turn: Turn,
  before: VoiceRow,
  change: Flags & Partial<Pick<VoiceRow, 'session_id'>>,
  place: Place,
): void {
  updateVoiceState(turn.tx, before.user_id, change);
  tellState(turn, { ...before, ...change }, place);
}

/** Ends a state: tells everyone who saw it, and removes the participant from LiveKit's room. */
export function endVoice(turn: Turn, row: VoiceRow): void {
  const { app, tx } = turn;
  const { user_id, channel_id } = row;
  deleteVoiceState(tx, user_id);
  const place = placeOf(app, readerOf(tx, user_id), channel_id);
  turn.tell(voiceStateUpdated, audienceOf(turn, row, place), voiceLeftView(row));
  tellLeft(turn, row);
  turn.afterwards(() => rooms(app).remove(channel_id, user_id));
}

/** Leaves the account's voice channel; does nothing if it is in none. */
export function leaveVoice(turn: Turn, user_id: string): void {
  const row = voiceStateOf(turn.tx, user_id);
  if (row !== undefined) endVoice(turn, row);
}

/** Checks again whether somebody may stay in their channel, and what they may do there. */
export function recheck(turn: Turn, row: VoiceRow): void {
  const { app, tx } = turn;
  const { user_id, channel_id, space_id } = row;
  const reader: Reader = readerOf(tx, user_id);
  const place = placeOf(app, reader, channel_id);
  if (place === null || !mayStay(place) || !hasToken(tx, user_id, turn.now)) {
    endVoice(turn, row);
    return;
  }
  const moderated = moderation(tx, space_id, user_id);
  const grants = grantsAt(place, moderated);
  const looksDifferent = moderated.mute !== row.mute || moderated.deaf !== row.deaf;
  if (!looksDifferent && grants === row.grants) return;
  updateVoiceState(tx, user_id, { ...moderated, grants });
  if (looksDifferent) tellState(turn, { ...row, ...moderated }, place);
  if (grants !== row.grants) {
    turn.afterwards(() => rooms(app).grant(channel_id, user_id, roomGrants(grants)));
  }
}

/** Checks everyone in a space again, a slice in each turn. */
export function recheckSpace(turn: Turn, space_id: string, after = ''): void {
  const rows = voiceStatesOfSpace(turn.tx, space_id, after);
  for (const row of rows) recheck(turn, row);
  const last = rows.at(-1);
  if (last === undefined || rows.length < slice) return;
  const { app } = turn;
  turn.afterwards(() => {
    app
      .write((next) => recheckSpace(next, space_id, last.user_id))
      .catch((error: unknown) => {
        app.log.error(
          { err: error, space_id },
          'voice was not asked again; the next comparison is',
        );
      });
  });
}

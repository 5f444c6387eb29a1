// Decides who may join a voice channel, and what they may do in LiveKit's room for it.
import type { Place } from '../../../access/place.ts';
import type { App } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import type { RoomGrants } from '../../../lib/livekit.ts';
import { othersIn, voiceStateOf } from './queries.ts';

/** The maximum number of people in any channel: LiveKit forwards each voice to all. */
export const maxInChannel = 1_000;

/** Refuses people who may connect but cannot join now, in the order that the API promises. */
export function refuseEntry(app: App, place: Place, user_id: string): void {
  const { channel, home, can } = place;
  // Every conversation has voice.
  if (home.kind === 'space' && channel.type !== 'voice') {
    throw new ApiError('invalid_request', 'This is no voice channel (channel_not_voice).');
  }
  if (app.config.LIVEKIT_INTERNAL_URL === null) {
    throw new ApiError(
      'invalid_request',
      'Voice is not set up on this server (voice_not_configured).',
    );
  }
  // No limit for people who are in already, even if the channel is above its limit.
  if (voiceStateOf(app.db, user_id)?.channel_id === channel.id) return;
  const limit = can('move_members') ? maxInChannel : channel.user_limit || maxInChannel;
  if (othersIn(app.db, channel.id, user_id) >= limit) {
    throw new ApiError('forbidden', 'This voice channel is full.');
  }
}

/** Tells whether somebody in the channel may stay. */
export function mayStay({ can }: Place): boolean {
  return can('view_channel') && can('connect');
}

/** Bits for what a participant may do in the room, as the table stores them. */
const bits = { hear: 1, speak: 2, show: 4, send: 8 } as const;

/** The grants, by permissions and by what a moderator has set. */
export function grantsAt({ can }: Place, moderated: { mute: boolean; deaf: boolean }): number {
  const hears = !moderated.deaf;
  const speaks = can('speak') && !moderated.mute;
  const shows = can('stream');
  // Whoever may not make themselves heard in any way sends no packets of data either.
  const sends = speaks || shows || can('send_messages');
  return (
    (hears ? bits.hear : 0) |
    (speaks ? bits.speak : 0) |
    (shows ? bits.show : 0) |
    (sends ? bits.send : 0)
  );
}

/** The grants in LiveKit's terms. */
export function roomGrants(grants: number): RoomGrants {
  return {
    subscribe: (grants & bits.hear) !== 0,
    microphone: (grants & bits.speak) !== 0,
    video: (grants & bits.show) !== 0,
    data: (grants & bits.send) !== 0,
  };
}

export function sameGrants(a: RoomGrants, b: RoomGrants): boolean {
  const hears = a.subscribe === b.subscribe;
  return hears && a.microphone === b.microphone && a.video === b.video && a.data === b.data;
}

const prefix = 'channel_';

export function roomName(channel_id: string): string {
  return `${prefix}${channel_id}`;
}

/** The channel of one of LiveKit's rooms; null if the room is not a channel's. */
export function channelOfRoom(room: string): string | null {
  return /^channel_\d{1,20}$/.test(room) ? room.slice(prefix.length) : null;
}

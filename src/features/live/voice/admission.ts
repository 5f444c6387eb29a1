// Who may be in which voice channel, and what they may do in LiveKit's room for it.
import type { MemberAccess } from '../../../access/evaluate.ts';
import type { Place } from '../../../access/place.ts';
import { refuseTimedOut } from '../../../access/rules.ts';
import type { App } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import type { RoomGrants } from '../../../lib/livekit.ts';
import { othersIn, voiceStateOf } from './queries.ts';

/** The membership by which somebody is there; null in conversations, and for who has none. */
export function membershipAt({ home }: Place): MemberAccess | null {
  return home.kind === 'space' ? home.member : null;
}

/** What nobody exceeds, whatever the channel's own limit: LiveKit forwards each voice to all. */
export const maxInChannel = 1_000;

/** Refuses who may connect, but not come in now, in the order of the contract; LiveKit is asked afterwards. */
export function refuseEntry(app: App, place: Place, user_id: string): void {
  const { channel, home, can } = place;
  // People talk in every conversation.
  if (home.kind === 'space' && channel.type !== 'voice') {
    throw new ApiError('invalid_request', 'This is no voice channel (channel_not_voice).');
  }
  refuseTimedOut(app, membershipAt(place));
  if (app.config.LIVEKIT_INTERNAL_URL === null) {
    throw new ApiError(
      'invalid_request',
      'Voice is not set up on this server (voice_not_configured).',
    );
  }
  // Who is there takes no place more, also where somebody came in above the limit since.
  if (voiceStateOf(app.db, user_id)?.channel_id === channel.id) return;
  const limit = can('move_members') ? maxInChannel : channel.user_limit || maxInChannel;
  if (othersIn(app.db, channel.id, user_id) >= limit) {
    throw new ApiError('forbidden', 'This voice channel is full.');
  }
}

/** Whether somebody who is in the channel may go on being there. */
export function mayStay(app: App, place: Place): boolean {
  const { can } = place;
  const until = membershipAt(place)?.timed_out_until ?? 0;
  return can('view_channel') && can('connect') && until <= app.clock.now();
}

/** Bits of what a participant may do in the room, as the table keeps them. */
const bits = { hear: 1, speak: 2, show: 4 } as const;

/** What follows from the permissions and from what a moderator has set. */
export function grantsAt({ can }: Place, moderated: { mute: boolean; deaf: boolean }): number {
  return (
    (moderated.deaf ? 0 : bits.hear) |
    (can('speak') && !moderated.mute ? bits.speak : 0) |
    (can('stream') ? bits.show : 0)
  );
}

/** The same in LiveKit's terms. */
export function roomGrants(grants: number): RoomGrants {
  return {
    subscribe: (grants & bits.hear) !== 0,
    microphone: (grants & bits.speak) !== 0,
    video: (grants & bits.show) !== 0,
  };
}

export function sameGrants(a: RoomGrants, b: RoomGrants): boolean {
  return a.subscribe === b.subscribe && a.microphone === b.microphone && a.video === b.video;
}

const prefix = 'channel_';

/** The name of LiveKit's room for a channel. */
export function roomName(channel_id: string): string {
  return `${prefix}${channel_id}`;
}

/** The channel of a room; null for rooms that are not ours. */
export function channelOfRoom(room: string): string | null {
  return /^channel_\d{1,20}$/.test(room) ? room.slice(prefix.length) : null;
}

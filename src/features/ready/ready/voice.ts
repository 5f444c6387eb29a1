// Voice in READY and after it: who is in the voice channels that the reader views.
import { readerOf } from '../../../access/hearing.ts';
import { spaceAccess } from '../../../access/load.ts';
import { viewablePlaces } from '../../../access/place.ts';
import type { App } from '../../../app.ts';
import { frameOf } from '../../../events/event.ts';
import type { Listener } from '../../../events/hub.ts';
import { wants } from '../../../events/intents.ts';
import { hearsChannel } from '../../spaces/channels/ready.ts';
import { memberFrame } from '../../spaces/members/chunks.ts';
import { memberJoined } from '../../spaces/members/events.ts';
import { memberPicture } from '../../spaces/members/pictures.ts';
import { voiceStateUpdated } from '../../live/voice/events.ts';
import {
  slice,
  voiceStateOf,
  voiceStatesOfSpace,
  type VoiceRow,
} from '../../live/voice/queries.ts';
import { voiceStateView } from '../../live/voice/view.ts';

/** The first slice of a space's voice states, without channels that the account does not view. */
export function voiceSeen(app: App, space_id: string, user_id: string): VoiceRow[] {
  const rows = voiceStatesOfSpace(app.db, space_id, '');
  const space = spaceAccess(app, space_id);
  if (rows.length === 0 || space === null) return [];
  const places = viewablePlaces(app, readerOf(app.db, user_id), space);
  const visible = new Set(places.map(({ channel }) => channel.id));
  return rows.filter(({ channel_id }) => visible.has(channel_id));
}

/** Tells whether READY holds all voice states of the space that the account sees. */
export function hasAllVoice(
  app: App,
  space_id: string,
  user_id: string,
  shown: ReadonlySet<string>,
): boolean {
  if (voiceStatesOfSpace(app.db, space_id, '').length === slice) return false;
  return voiceSeen(app, space_id, user_id).every((row) => shown.has(row.user_id));
}

/**
 * The voice states of a space that a session was not shown yet, without numbers. The member comes
 * first, since clients make up unknown members. Each state is read when it is sent.
 */
export function* voiceFrames(
  app: App,
  listener: Listener,
  space_id: string,
  shown: ReadonlySet<string>,
): Generator<string, void> {
  if (!wants(listener.mask, voiceStateUpdated.intent_bit)) return;
  for (let after: string | null = ''; after !== null;) {
    const page: VoiceRow[] = voiceStatesOfSpace(app.db, space_id, after);
    for (const { user_id } of page) {
      if (shown.has(user_id)) continue;
      const row = voiceStateOf(app.db, user_id);
      if (
        row === undefined ||
        row.space_id !== space_id ||
        !hearsChannel(app, listener, row.channel_id)
      )
        continue;
      const member = memberPicture(app, space_id, user_id);
      if (member !== null && wants(listener.mask, memberJoined.intent_bit)) {
        yield memberFrame(app, member);
      }
      const now = voiceStateOf(app.db, user_id);
      if (now !== undefined && hearsChannel(app, listener, now.channel_id))
        yield voiceFrame(app, now);
    }
    after = page.length < slice ? null : (page.at(-1)?.user_id ?? null);
  }
}

/** A state as a frame without a number. */
export function voiceFrame(app: App, row: VoiceRow): string {
  return frameOf(app, voiceStateUpdated, null, voiceStateView(row));
}

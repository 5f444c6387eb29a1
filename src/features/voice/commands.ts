// Voice over the socket: come, move, change how one is there, go.
import { readerOf } from '../../access/hearing.ts';
import { belongs, placeOf, type Place } from '../../access/place.ts';
import type { App, StateName, Turn } from '../../app.ts';
import { ApiError, noSuch } from '../../errors.ts';
import { command } from '../../gateway/command.ts';
import { op } from '../../gateway/protocol.ts';
import type { Session } from '../../gateway/session.ts';
import { changeFlags, endVoice, enter } from './actions.ts';
import { voiceServerUpdated } from './events.ts';
import { refuseEntry } from './places.ts';
import { voiceStateOf, type VoiceRow } from './queries.ts';
import { rooms, voiceName } from './rooms.ts';
import { VoiceChoice } from './schema.ts';

/** What an account asked for last; the next wish waits for it, so that no leave overtakes a join. */
const wishes: StateName<Map<string, Promise<void>>> = { create: () => new Map() };

export const updateVoiceState = command({
  op: op.voice_state_update,
  name: 'VOICE_STATE_UPDATE',
  summary: 'Come into a voice channel, move, change flags, or leave (`channel_id: null`)',
  data: VoiceChoice,
  run({ app, session, data }) {
    const queue = app.state(wishes);
    const { user_id } = session;
    const wish = (queue.get(user_id) ?? Promise.resolve())
      .then(() => follow(app, session, data))
      .catch((error: unknown) => {
        // Refusals are silent; only what nobody expected is noted.
        if (!(error instanceof ApiError)) app.log.error({ err: error }, 'a wish for voice failed');
      })
      .finally(() => {
        if (queue.get(user_id) === wish) queue.delete(user_id);
      });
    queue.set(user_id, wish);
  },
});

async function follow(app: App, session: Session, choice: VoiceChoice): Promise<void> {
  const { user_id } = session;
  const { channel_id } = choice;
  if (channel_id == null) {
    await app.write((turn) => leave(turn, session));
    return;
  }
  const isThere = voiceStateOf(app.db, user_id)?.channel_id === channel_id;
  if (!isThere) {
    // Saves a call for who may not come in; the turn decides.
    refuseEntry(app, wishedPlace(app, user_id, channel_id, choice.space_id), user_id);
    await rooms(app).open(channel_id, user_id);
  }
  await app.write((turn) => come(turn, session, { ...choice, channel_id }, isThere));
}

/** The channel that was named, in a space of the account and in no other than was named with it. */
function wishedPlace(
  app: App,
  user_id: string,
  channel_id: string,
  space_id: string | null,
): Place {
  const place = placeOf(app, readerOf(app.db, user_id), channel_id);
  if (place === null || !belongs(place)) throw noSuch('channel');
  if (space_id !== null && space_id !== place.channel.space_id) {
    throw new ApiError('invalid_request', 'The channel stands in another space.');
  }
  return place;
}

function come(
  turn: Turn,
  { id: session_id, user_id }: Session,
  { channel_id, space_id, ...flags }: VoiceChoice & { channel_id: string },
  wasThere: boolean,
): void {
  const { app } = turn;
  // A session that closed in the meantime holds nothing any more.
  if (app.hub.listener(session_id) === undefined) return;
  const place = wishedPlace(app, user_id, channel_id, space_id);
  const before = voiceStateOf(turn.tx, user_id);
  if (before?.channel_id === channel_id) {
    if (place.can('view_channel') && place.can('connect')) changeFlags(turn, before, flags, place);
    return;
  }
  // It was there and was thrown out just now: changing flags brings nobody back.
  if (wasThere) return;
  refuseEntry(app, place, user_id);
  const row = enter(turn, { user_id, place, session_id, bound: true, ...flags });
  turn.afterwards(() => {
    sendServer(app, row).catch((error: unknown) => {
      app.log.error({ err: error }, 'a token for voice was not made');
    });
  });
}

/** Tells the session where to go; after the state, and only while that holds. */
async function sendServer(app: App, row: VoiceRow): Promise<void> {
  const { user_id, channel_id, space_id, session_id, since } = row;
  const who = { identity: user_id, name: voiceName(app.db, user_id) };
  const { url, token } = await rooms(app).entrance(who, channel_id, row.grants);
  const now = voiceStateOf(app.db, user_id);
  if (now?.channel_id !== channel_id || now.since !== since) return;
  const space = space_id === null ? {} : { space_id };
  const data = { ...space, channel_id, backend: 'livekit' as const, url, token };
  app.send(voiceServerUpdated, { session_id }, data);
}

function leave(turn: Turn, { id: session_id, user_id }: Session): void {
  const row = voiceStateOf(turn.tx, user_id);
  if (row !== undefined) endVoice(turn, { ...row, session_id });
}

// Voice over the socket: join, move, change flags, leave.
import type { Place } from '../../../access/place.ts';
import { channelMember, ifNamed } from '../../../access/rules.ts';
import { chargedTo } from '../../../access/tokens.ts';
import type { App, StateName, Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { command } from '../../../gateway/command.ts';
import { op } from '../../../gateway/protocol.ts';
import type { Session } from '../../../gateway/session.ts';
import { changeState, endVoice, enter, type Flags } from './actions.ts';
import { voiceServerUpdated } from './events.ts';
import { refuseEntry } from './admission.ts';
import { voiceStateOf, type VoiceRow } from './queries.ts';
import { rooms, voiceName } from './rooms.ts';
import { VoiceChoice } from './schema.ts';

/** The last command of each account, and how many wait: no leave may overtake a join. */
interface Wishes {
  last: Promise<void>;
  waiting: number;
}
const wishes: StateName<Map<string, Wishes>> = { create: () => new Map() };

/** The maximum number of waiting commands of an account; further ones are ignored. */
const maxWaiting = 16;

export const updateVoiceState = command({
  op: op.voice_state_update,
  name: 'VOICE_STATE_UPDATE',
  summary: 'Come into a voice channel, move, change flags, or leave (`channel_id: null`)',
  before_identify: 'ignored',
  data: VoiceChoice,
  access: ifNamed(channelMember('connect')),
  run({ app, actor, session, data: { space_id, channel_id: _, ...flags }, named, again }) {
    // Ignored if the channel is not in the space that was named with it.
    if (named !== null && space_id !== null && space_id !== named.channel.space_id) return;
    const find = () => again()?.named ?? null;
    const choice = named && { channel_id: named.channel.id, flags, find };
    const queue = app.state(wishes);
    const { user_id } = session;
    const mine = queue.get(user_id) ?? { last: Promise.resolve(), waiting: 0 };
    if (mine.waiting >= maxWaiting) return;
    mine.waiting += 1;
    mine.last = mine.last
      .then(() => follow(app, { session, payer: chargedTo(actor) }, choice))
      .catch((error: unknown) => {
        // Refusals are silent; only unexpected errors are logged.
        if (!(error instanceof ApiError)) app.log.error({ err: error }, 'a wish for voice failed');
      })
      .finally(() => {
        mine.waiting -= 1;
        if (mine.waiting === 0) queue.delete(user_id);
      });
    queue.set(user_id, mine);
  },
});

/** The channel that somebody wants to be in. */
interface Choice {
  channel_id: string;
  flags: Flags;
  /** The channel as it is for them now; null if they may not connect. */
  find(): Place | null;
}

/** Carries out a command; null leaves. */
async function follow(
  app: App,
  { session, payer }: { session: Session; payer: string },
  choice: Choice | null,
): Promise<void> {
  const { user_id } = session;
  if (choice === null) {
    await app.write((turn) => {
      turn.onBehalfOf(payer);
      leave(turn, session);
    });
    return;
  }
  const { channel_id, find } = choice;
  const isThere = voiceStateOf(app.db, user_id)?.channel_id === channel_id;
  if (!isThere) {
    // Saves a call for people who may not join; the turn decides.
    const place = find();
    if (place === null) return;
    refuseEntry(app, place, user_id);
    await rooms(app).open(channel_id, user_id);
  }
  await app.write((turn) => {
    turn.onBehalfOf(payer);
    return come(turn, session, choice, isThere);
  });
}

function come(
  turn: Turn,
  session: Session,
  { channel_id, flags, find }: Choice,
  wasThere: boolean,
): void {
  const { app } = turn;
  const { id: session_id, user_id } = session;
  const place = find();
  // A session that closed meanwhile cannot hold a state.
  if (place === null || app.hub.listener(session_id) === undefined) return;
  const before = voiceStateOf(turn.tx, user_id);
  if (before?.channel_id === channel_id) {
    if (!isLost(app, before, session, flags)) return changeState(turn, before, flags, place);
    // The one that is told now will enter.
    changeState(turn, before, { ...flags, session_id }, place);
    return tellEntrance(turn, before, session);
  }
  // It was in and has just been removed: changing flags brings nobody back.
  if (wasThere) return;
  refuseEntry(app, place, user_id);
  tellEntrance(turn, enter(turn, { user_id, place, session_id, bound: true, ...flags }), session);
}

/** The stay whose address and token a session was sent, by its beginning. */
const told: StateName<WeakMap<Session, number>> = { create: () => new WeakMap() };

/**
 * Tells whether the answer to a join over the socket has not arrived, as far as anybody can know:
 * nobody has entered the room, and a socket asks that was not answered, or one that changes nothing.
 * Whoever was answered is not told again for new flags: clients leave the room at that, and enter anew.
 * A client that was started again may ask before LiveKit misses the one that ended.
 */
function isLost(app: App, row: VoiceRow, session: Session, flags: Flags): boolean {
  if (!row.bound) return false;
  const isHeld = row.session_id === session.id || app.hub.listener(row.session_id) !== undefined;
  if (!isHeld) return true;
  if (row.participant_sid !== null) return false;
  if (app.state(told).get(session) !== row.since) return true;
  return (
    row.self_mute === flags.self_mute &&
    row.self_deaf === flags.self_deaf &&
    row.self_stream === flags.self_stream &&
    row.self_video === flags.self_video
  );
}

/** Sends the address and token of the room to a session, after the turn. */
function tellEntrance(turn: Turn, row: VoiceRow, session: Session): void {
  const { app } = turn;
  turn.afterwards(() => {
    app.state(told).set(session, row.since);
    sendEntrance(app, row, session).catch((error: unknown) => {
      app.log.error({ err: error }, 'a token for voice was not made');
    });
  });
}

/** Sends the address and token of the room to a session, unless the state ended meanwhile. */
async function sendEntrance(app: App, row: VoiceRow, session: Session): Promise<void> {
  const { user_id, channel_id, space_id, since } = row;
  const who = { identity: user_id, name: voiceName(app.db, user_id) };
  const { url, token } = await rooms(app).entrance(who, channel_id, row.grants);
  const now = voiceStateOf(app.db, user_id);
  if (now?.channel_id !== channel_id || now.since !== since) return;
  const space = space_id === null ? {} : { space_id };
  const data = { ...space, channel_id, backend: 'livekit' as const, url, token };
  app.send(voiceServerUpdated, { session_id: session.id }, data);
}

function leave(turn: Turn, { id: session_id, user_id }: Session): void {
  const row = voiceStateOf(turn.tx, user_id);
  if (row !== undefined) endVoice(turn, { ...row, session_id });
}

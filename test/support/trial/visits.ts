// How the sessions of a trial come and go, and what their people show of themselves.
import { expect } from 'bun:test';
import { Ears, type Frame } from '../ears.ts';
import { allIntents } from '../person.ts';
import { nothing, pick, pickOr, type Deed } from './deeds.ts';
import { followWindows } from './conversations.ts';
import { keysOf, lastNumber, refusePrivateFields, withoutOwn, type Told } from './heard.ts';
import { isSilenced, type ModelFeed, type ModelSpace } from './oracle.ts';
import { choose, shown } from './showing.ts';
import type { Individual, Outcome, Trial, Voice } from './trial.ts';

/** Presence is told at most once a second for each account. */
const pause_ms = 1_100;

/** Runs what changes somebody's sessions, and says what others then see of that person. */
async function showing(trial: Trial, one: Individual, run: () => Promise<void>): Promise<Outcome> {
  await trial.clock.pass(pause_ms);
  const before = shown(one);
  await run();
  // Turns that follow from the end of a session come before this one.
  await trial.server.turn(() => null);
  await trial.clock.pass(pause_ms);
  const after = shown(one);
  if (before === after) return nothing;
  const key = `presence.update ${one.id} ${after}`;
  const to = trial.acquaintances(one);
  return { told: [{ key, intent: 'presences', to, isFleeting: true }] };
}

const live = ({ voices }: Trial) => voices.filter(({ missed }) => missed === null);
const away = ({ voices }: Trial) => voices.filter(({ missed }) => missed !== null);

const showUp: Deed = async ({ trial, step }) => {
  const voice = pickOr(live(trial), step.at);
  if (voice === null) return nothing;
  const { owner } = voice;
  const status = pick(['online', 'idle', 'dnd', 'invisible'], step.target);
  return showing(trial, owner, async () => {
    voice.ears.send(8, { status });
    await voice.ears.settled();
    choose(owner, voice.id, status);
  });
};

const open: Deed = async ({ trial, who, step }) => {
  if (trial.voices.filter(({ owner }) => owner === who).length > 2) return nothing;
  const intents = step.flag
    ? allIntents
    : allIntents.filter((_name, index) => ((step.at * 31 + step.target * 7) >> index) % 2 === 1);
  const { told } = await showing(trial, who, async () => {
    trial.voices.push(await trial.open(who, intents));
  });
  // Its own arrival comes before READY.
  const unheard_by = trial.voices.at(-1)?.id;
  return { told: told.map((one) => ({ ...one, unheard_by })) };
};

const close: Deed = async ({ trial, step }) => {
  const voice = pickOr(live(trial), step.at);
  if (voice === null) return nothing;
  return showing(trial, voice.owner, async () => {
    voice.ears.close();
    await trial.isGone(voice.id);
    trial.forget(voice);
  });
};

const drop: Deed = async ({ trial, step }) => {
  const voice = pickOr(live(trial), step.at);
  if (voice === null) return nothing;
  voice.ears.drop();
  await trial.isGone(voice.id);
  Object.assign(voice, { missed: [], mustRefuse: false, mayRefuse: voice.isUnsure });
  return nothing;
};

const logOut: Deed = async ({ trial, step }) => {
  const voice = pickOr(trial.voices, step.at);
  if (voice === null) return nothing;
  return showing(trial, voice.owner, async () => {
    const authorization = `Bearer ${voice.token}`;
    const reply = await trial.server.call('POST', '/auth/logout', undefined, { authorization });
    expect(reply.status).toBe(200);
    if (voice.missed === null) expect(await voice.ears.closes()).toBe(4004);
    trial.forget(voice);
  });
};

const resume: Deed = async ({ trial, step }) => {
  const voice = pickOr(away(trial), step.at);
  if (voice === null) return nothing;
  const { owner, token, id, intents, mustRefuse, mayRefuse } = voice;
  const ears = await Ears.open(trial.server.gateway);
  ears.send(3, { token: `Bearer ${token}`, session_id: id, seq: voice.ears.seq });
  const end = await ears.frame(({ op, type }) => op === 7 || type === 'resumed', 'an answer');
  const during = { resume: owner.person.name, intents: [...intents].join() };
  trial.count(end.op === 7 ? 'RESUME refused' : 'RESUME');
  if (end.op === 7) {
    expect({ ...during, mayRefuse: mayRefuse || mustRefuse }).toMatchObject({ mayRefuse: true });
    return showing(trial, owner, async () => {
      await ears.closes();
      trial.forget(voice);
    });
  }
  expect({ ...during, mustRefuse }).toMatchObject({ mustRefuse: false });
  compareReplay(trial, voice, ears.frames, during);
  voice.ears.drop();
  Object.assign(voice, { ears, missed: null, isUnsure: false, seq: ears.seq });
  // How others are seen now, who may have changed meanwhile.
  for (const { type, data } of await ears.unread()) {
    const one = trial.people.find((someone) => someone.id === data['user_id']);
    expect(type).toBe('presence.update');
    // Of who is not near any more one hears once that they are gone.
    const isKnown = one && trial.acquaintances(owner).has(one.id);
    expect(data['status']).toBe(isKnown ? shown(one) : 'offline');
  }
  return nothing;
};

/** RESUME brings what was missed, in order, but not what has been deleted since. */
function compareReplay(trial: Trial, voice: Voice, frames: readonly Frame[], during: object): void {
  const replayed = frames.filter(({ op, type }) => op === 0 && type !== 'resumed');
  lastNumber(replayed, voice.ears.seq);
  for (const { data } of replayed) refusePrivateFields(data, voice.owner.id);
  followWindows(voice, replayed);
  const channels = new Map<string, ModelFeed>(
    trial.spaces.flatMap((space: ModelSpace) => [...space.channels]),
  );
  for (const one of trial.conversations) channels.set(one.id, one);
  const still = ({ message_id, channel_id = '' }: Told) =>
    message_id === undefined ||
    channels.get(channel_id)?.messages.some(({ id }) => id === message_id);
  // What was said in a channel that is gone is cleared when its turn comes.
  const isCleared = ({ key, channel_id, isLate = false }: Told) =>
    isLate ||
    // An old ring is not brought.
    key.startsWith('call.ring') ||
    (channel_id !== undefined && !channels.has(channel_id));
  // Nor is what holders of a permission are told, while one is under timeout.
  const isKept = ({ key, intent }: Told) =>
    intent === 'moderation' &&
    trial.spaces.some((space) => key.includes(space.id) && isSilenced(space, voice.owner));
  const missed = (voice.missed ?? []).filter((one) => !isKept(one));
  const uncertain = new Set(missed.filter(isCleared).map(({ key }) => key));
  // Of what was said in a conversation, whoever was taken out of it since hears only what was deleted.
  const isLost = ({ key, channel_id = '' }: Told) => {
    const feed = channels.get(channel_id);
    if (key.startsWith('message.delete')) return false;
    return feed !== undefined && 'kind' in feed && !feed.people.has(voice.owner.id);
  };
  const due = missed.filter((one) => still(one) && !isLost(one) && !uncertain.has(one.key));
  const heard = withoutOwn(replayed)
    .flatMap(keysOf)
    .filter((key) => !uncertain.has(key));
  expect({ ...during, heard: newestOnly(heard).toSorted() }).toEqual({
    ...during,
    heard: newestOnly(due.map(({ key }) => key)).toSorted(),
  });
}

/**
 * Of the changes of an account as others see it, and of those of a message, the log keeps the newest; the
 * earlier ones may be gone.
 */
function newestOnly(keys: readonly string[]): string[] {
  const isReplaced = (key: string) =>
    key.startsWith('message.update ') ||
    (key.startsWith('user.update ') && key.endsWith(' public'));
  return keys.filter((key, at) => !isReplaced(key) || keys.indexOf(key) === at);
}

/** Deeds that change who listens. */
export const visits: Record<string, Deed> = { showUp, open, close, drop, logOut, resume };

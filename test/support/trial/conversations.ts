// What people do in a trial to their conversations; each deed says who is to hear of it.
import { expect } from 'bun:test';
import type { Frame } from '../ears.ts';
import { attempt, nothing, pick, type Deed, type Scene } from './deeds.ts';
import { conversationWords, type Told } from './heard.ts';
import { able, isBlocked, newMessage, peopleOf, sees, type ModelConversation } from './oracle.ts';
import type { Individual, Outcome, Trial, Voice } from './trial.ts';

/** So many there are at once: in a few of them more happens. */
const maxConversations = 7;

const path = '/users/@me/channels';

/** A conversation as one of its people sees it, in the words of `conversationWords`. */
export function seenBy(conversation: ModelConversation, reader_id: string): string {
  const others = peopleOf(conversation).filter((id) => id !== reader_id);
  return conversationWords({ ...conversation, recipients: others.map((id) => ({ id })) });
}

/** In the order of lists: by the newest message of the main feed. */
export function newestFirst(list: readonly ModelConversation[]): ModelConversation[] {
  const newest = ({ id, messages }: ModelConversation) =>
    BigInt(messages.findLast(({ thread_id }) => thread_id === null)?.id ?? id);
  return list.toSorted((a, b) => (newest(a) > newest(b) ? -1 : 1));
}

/** A window opens before anything is said in it, and after it has closed nothing is. */
export function followWindows(voice: Voice, frames: readonly Frame[]): void {
  if (!voice.intents.has('spaces')) return;
  for (const { type = '', data } of frames) {
    if (type === 'channel.create' && data['recipients']) voice.windows.add(data['id']);
    if (type === 'channel.delete') voice.windows.delete(data['id']);
    const isSaid = type === 'message.create' && data['space_id'] === null;
    if (!isSaid && type !== 'call.ring') continue;
    const isOpen = voice.windows.has(data['channel_id']);
    expect({ type, of: data['channel_id'], isOpen }).toMatchObject({ isOpen: true });
  }
}

/** Each of these people is told in words of their own. */
function toldEach(type: string, one: ModelConversation, ids: Iterable<string>): Told[] {
  return [...ids].map((id) => {
    return { key: `channel.${type} ${seenBy(one, id)}`, intent: 'spaces', to: new Set([id]) };
  });
}

const gone = ({ id, type }: ModelConversation, ids: readonly string[]): Told[] =>
  ids.map((one) => {
    return { key: `channel.delete ${id} ${type}`, intent: 'spaces', to: new Set([one]) };
  });

/** Windows that were closed open again. */
function reopened(conversation: ModelConversation): Told[] {
  const closed = [...conversation.closed];
  conversation.closed.clear();
  return toldEach('create', conversation, closed);
}

/** A message in a conversation opens the windows that were closed. */
export function withWindows({ home }: Pick<Scene, 'home'>, outcome: Outcome): Outcome {
  if (home.kind === 'space' || outcome === nothing) return outcome;
  return { ...outcome, told: [...reopened(home), ...outcome.told] };
}

function learn(trial: Trial, data: any): ModelConversation {
  const { id, type, name, owner_id } = data;
  const ids: string[] = [owner_id, ...data.recipients.map((one: any) => one.id)];
  const now = trial.clock.now();
  const made: ModelConversation = {
    kind: 'conversation',
    id,
    type,
    owner_id,
    name,
    people: new Map(ids.map((one) => [one, now])),
    closed: new Set(),
    relations: trial.relations,
    messages: [],
  };
  trial.conversations.push(made);
  return made;
}

/** Two who share no space have a conversation, and a group has people of several. */
export async function begin(trial: Trial): Promise<void> {
  const [, anna, , cleo, dora, emil] = trial.people;
  if (!anna || !cleo || !dora || !emil) throw new Error('people are missing');
  learn(trial, await cleo.person.does('POST', path, { recipient_id: emil.id }));
  const recipients = [cleo.id, dora.id];
  learn(trial, await anna.person.does('POST', path, { recipients }));
}

const conversationOf = (scene: Scene): ModelConversation | null =>
  scene.home.kind === 'conversation' ? scene.home : null;

const openTwo: Deed = async ({ trial, who, target, step }) => {
  const body = step.flag ? { recipient_id: target.id } : { recipients: [target.id, who.id] };
  const known = trial.conversations.find(
    ({ type, people }) => type === 'dm' && people.has(who.id) && people.has(target.id),
  );
  const isSelf = who.id === target.id;
  if (!known && !isSelf && trial.conversations.length >= maxConversations) return nothing;
  const allowed = !isSelf && !isBlocked(trial.relations, who.id, target.id);
  const answer = await attempt(who, ['POST', path, body], allowed, isSelf ? 400 : 403);
  if (answer === undefined) return nothing;
  if (known === undefined) {
    const made = learn(trial, answer.data);
    expect(made).toMatchObject({ type: 'dm', owner_id: who.id, name: '' });
    expect([...made.people.keys()]).toEqual([who.id, target.id]);
    return { told: toldEach('create', made, made.people.keys()) };
  }
  expect(conversationWords(answer.data)).toBe(seenBy(known, who.id));
  if (!known.closed.delete(who.id)) return nothing;
  return { told: toldEach('create', known, [who.id]) };
};

const gather: Deed = async ({ trial, who, target, step }) => {
  if (trial.conversations.length >= maxConversations) return nothing;
  const wished = [target.id, pick(trial.people, step.at).id, pick(trial.people, step.at + 1).id];
  const others = [...new Set(wished)].filter((id) => id !== who.id);
  if (others.length < 2) return nothing;
  const allowed = !others.some((id) => isBlocked(trial.relations, who.id, id));
  const answer = await attempt(who, ['POST', path, { recipients: wished }], allowed);
  if (answer === undefined) return nothing;
  const made = learn(trial, answer.data);
  expect(made).toMatchObject({ type: 'group_dm', owner_id: who.id });
  expect(new Set(made.people.keys())).toEqual(new Set([who.id, ...others]));
  return { told: toldEach('create', made, made.people.keys()) };
};

const addSomebody: Deed = async (scene) => {
  const { trial, who, target } = scene;
  const one = conversationOf(scene);
  if (one === null) return nothing;
  const isIn = one.people.has(target.id);
  const isOwner = one.type === 'group_dm' && one.owner_id === who.id;
  const allowed = isOwner && (isIn || !isBlocked(trial.relations, who.id, target.id));
  const isOfTwo = one.people.has(who.id) && one.type === 'dm';
  const call = ['PUT', `/channels/${one.id}/recipients/${target.id}`] as const;
  const answer = await attempt(who, call, allowed, isOfTwo ? 400 : 403);
  if (answer === undefined || isIn) return nothing;
  const before = [...one.people.keys()];
  one.people.set(target.id, trial.clock.now());
  expect(conversationWords(answer.data)).toBe(seenBy(one, who.id));
  return { told: [...toldEach('update', one, before), ...toldEach('create', one, [target.id])] };
};

/** One of the people goes; the others are told, and it ends where too few are left. */
function departure(trial: Trial, one: ModelConversation, id: string, least: number): Outcome {
  one.people.delete(id);
  const left = peopleOf(one);
  if (one.owner_id === id) one.owner_id = left[0] ?? id;
  const told = [...gone(one, [id]), ...toldEach('update', one, left)];
  if (left.length >= least) return { told };
  trial.conversations = trial.conversations.filter((other) => other !== one);
  trial.dissolved.push(one.id);
  return { told: [...told, ...gone(one, left)] };
}

/** Mostly somebody who is away and has missed something there: RESUME must not bring it. */
function whomToTakeOut({ trial, target, step }: Scene, one: ModelConversation): Individual {
  const away = trial.voices.filter(
    ({ owner, missed }) =>
      one.people.has(owner.id) && missed?.some(({ channel_id }) => channel_id === one.id),
  );
  return step.at % 4 > 0 && away.length > 0 ? pick(away, step.target).owner : target;
}

const takeOut: Deed = async (scene) => {
  const { trial, who } = scene;
  const one = conversationOf(scene);
  if (one === null) return nothing;
  const target = whomToTakeOut(scene, one);
  const isIn = one.people.has(who.id);
  const may = isIn && one.type === 'group_dm' && [target.id, one.owner_id].includes(who.id);
  const refusal = may ? 404 : isIn && one.type === 'dm' ? 400 : 403;
  const word = who === target ? '@me' : target.id;
  const call = ['DELETE', `/channels/${one.id}/recipients/${word}`] as const;
  const answer = await attempt(who, call, may && one.people.has(target.id), refusal);
  if (answer === undefined) return nothing;
  const outcome = departure(trial, one, target.id, 2);
  const isShown = who !== target && trial.conversations.includes(one);
  expect(answer.data && conversationWords(answer.data)).toBe(isShown ? seenBy(one, who.id) : null);
  return outcome;
};

/** Closes the window of a conversation of two, or leaves a group. */
const closeWindow: Deed = async (scene) => {
  const { trial, who } = scene;
  const one = conversationOf(scene);
  if (one === null) return nothing;
  const answer = await attempt(who, ['DELETE', `/channels/${one.id}`], one.people.has(who.id));
  if (answer === undefined) return nothing;
  if (one.type === 'group_dm') return departure(trial, one, who.id, 1);
  if (one.closed.has(who.id)) return nothing;
  one.closed.add(who.id);
  return { told: gone(one, [who.id]) };
};

const renameGroup: Deed = async (scene) => {
  const { who, step } = scene;
  const one = conversationOf(scene);
  if (one === null) return nothing;
  const isOfTwo = one.people.has(who.id) && one.type === 'dm';
  const allowed = one.type === 'group_dm' && one.owner_id === who.id;
  const name = `group ${step.at}`;
  const call = ['PATCH', `/channels/${one.id}`, { name }] as const;
  const answer = await attempt(who, call, allowed, isOfTwo ? 400 : 403);
  if (answer === undefined || one.name === name) return nothing;
  one.name = name;
  expect(conversationWords(answer.data)).toBe(seenBy(one, who.id));
  return { told: toldEach('update', one, one.people.keys()) };
};

/** An account rings once in so long. */
const ringPause_ms = 5_000;

/** Rings the people of a conversation, declines or cancels. */
const call: Deed = async (scene) => {
  const { trial, who, step } = scene;
  const one = conversationOf(scene);
  if (one === null) return nothing;
  const word = pick(['ring', 'decline', 'ring', 'cancel'], step.at);
  const now = trial.clock.now();
  const rung = `${who.id} ${one.id}`;
  if (word === 'ring' && now - (trial.rung.get(rung) ?? -Infinity) < ringPause_ms) return nothing;
  const allowed = able(one, who).has('connect');
  const path = `/channels/${one.id}/call/${word}`;
  const answer = await attempt(who, ['POST', path, word === 'ring' ? {} : undefined], allowed);
  if (answer === undefined) return nothing;
  const to = new Set(one.people.keys());
  const key = `call.${word} ${one.id} ${who.id}`;
  const told = { key, intent: 'voice_states', to };
  if (word !== 'ring') return { told: [told] };
  trial.rung.set(rung, now);
  return { told: [...reopened(one), told] };
};

/** Deeds that change conversations. */
export const privately: Record<string, Deed> = {
  openTwo,
  gather,
  addSomebody,
  takeOut,
  closeWindow,
  renameGroup,
  call,
};

/** One of its people says something in a conversation: all of them hear it, and nobody else. */
export async function probePrivately(trial: Trial, one: ModelConversation): Promise<Told[]> {
  const [first = ''] = peopleOf(one);
  const who = trial.people.find(({ id }) => id === first);
  if (who === undefined || !trial.conversations.includes(one)) return [];
  if (!able(one, who).has('send_messages')) return [];
  const said = await who.person.says(one, 'probe');
  one.messages.push(newMessage(said));
  const of = { message_id: said.id, channel_id: one.id, intent: 'messages' };
  const told = { key: `message.create ${said.id}`, to: new Set(one.people.keys()), ...of };
  return [...reopened(one), told];
}

/** What somebody, or nobody in particular, reads of a conversation over REST. */
export async function readPrivately(
  trial: Trial,
  conversation: ModelConversation,
  who: Individual | null,
): Promise<void> {
  if (!trial.conversations.includes(conversation)) return;
  const { id, messages, people } = conversation;
  const status = who === null ? 401 : people.has(who.id) ? 200 : 403;
  const call = (rest: string) =>
    who === null
      ? trial.server.call('GET', `/channels/${id}${rest}`)
      : who.person.call('GET', `/channels/${id}${rest}`);
  const name = who?.person.name ?? 'nobody';
  const page = await call('/messages?limit=100');
  const feed = messages.filter(({ thread_id }) => thread_id === null).toReversed();
  expect({ name, status: page.status, ids: page.data?.map((one: any) => one.id) }).toEqual({
    name,
    status,
    ids: status === 200 ? feed.slice(0, 100).map((one) => one.id) : undefined,
  });
  const pins = await call('/pins');
  expect({
    name,
    status: pins.status,
    ids: pins.data?.map((one: any) => one.id).toSorted(),
  }).toEqual({
    name,
    status,
    ids:
      status === 200
        ? messages.flatMap((one) => (one.isPinned ? [one.id] : [])).toSorted()
        : undefined,
  });
  for (const rest of ['', '/messages/search?query=probe']) {
    const reply = await call(rest);
    expect({ name, rest, status: reply.status }).toEqual({ name, rest, status });
  }
}

/** Everybody's list of conversations, and nobody reads those of others, or those that are gone. */
export async function readAllPrivately(trial: Trial): Promise<void> {
  for (const who of trial.people) {
    const list: any[] = await who.person.does('GET', path);
    const open = trial.conversations.filter((one) => sees(one, who));
    expect({ who: who.person.name, list: list.map(conversationWords) }).toEqual({
      who: who.person.name,
      list: newestFirst(open).map((one) => seenBy(one, who.id)),
    });
  }
  for (const one of trial.conversations) {
    for (const who of [...trial.people, null]) await readPrivately(trial, one, who);
  }
  for (const id of trial.dissolved.slice(-1)) {
    for (const { person } of trial.people) await person.isRefused(404, 'GET', `/channels/${id}`);
  }
}

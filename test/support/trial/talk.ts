// What people do in a trial beyond changing access: they write, react, and call themselves something else.
import { findSystemUser } from '../../../src/features/people/users/queries.ts';
import { withWindows } from './conversations.ts';
import { attempt, nothing, pick, type Deed, type Scene } from './deeds.ts';
import { refusePrivateFields, type Told } from './heard.ts';
import {
  able,
  isSilenced,
  newMessage,
  type ModelFeed,
  type ModelMessage,
  type Somebody,
} from './oracle.ts';
import { recorded } from './recorded.ts';

type Here = Pick<Scene, 'trial' | 'home' | 'feed'>;

function messageTold({ trial, home, feed }: Here, type: string, id: string): Told {
  const to = trial.viewers(home, feed);
  // What is deleted is told for good; everything else of a message goes with it.
  const message_id = type === 'message.create' || type === 'message.update' ? id : undefined;
  const of = { channel_id: feed.id, ...(message_id ? { message_id } : {}) };
  return { key: `${type} ${id}`, intent: 'messages', to, ...of };
}

/** What the audit log gets: of a conversation, nothing. */
function noted({ trial, home, feed }: Here, who: Somebody, action: string, id: string): Told[] {
  if (home.kind === 'conversation' || 'kind' in feed) return [];
  return [recorded({ trial, space: home, who }, action, id, feed)];
}

/** A change of a message, told once more to those who are there and have reacted to it. */
function updateTold(here: Here, message: ModelMessage): Told[] {
  const { trial, home, feed } = here;
  const reacted = new Set([...message.reactions].map((one) => one.split(' ')[0] ?? ''));
  const there = trial.voices.filter(({ missed }) => missed === null).map(({ owner }) => owner.id);
  const to = trial.viewers(home, feed).intersection(reacted).intersection(new Set(there));
  const told = messageTold(here, 'message.update', message.id);
  return [told, { ...told, to, isFleeting: true }];
}

const send: Deed = async ({ trial, home, feed, who, step }) => {
  const own = able(home, who, feed);
  const starts = feed.messages.filter(({ thread_id }) => thread_id === null);
  const thread = step.flag && starts.length > 0 ? pick(starts, step.target) : null;
  const isBegun = feed.messages.some(({ thread_id }) => thread_id === thread?.id);
  const answered =
    step.at % 3 === 0 && feed.messages.length > 0 ? pick(feed.messages, step.at) : null;
  const allowed =
    own.has('view_channel') &&
    own.has('send_messages') &&
    (thread === null || own.has('send_in_threads')) &&
    (thread === null || isBegun || own.has('create_threads'));
  const body = {
    content: `to @${pick(trial.people, step.target).person.name}`,
    thread_id: thread?.id ?? null,
    reply_to: answered?.id ?? null,
  };
  const answer = await attempt(who, ['POST', `/channels/${feed.id}/messages`, body], allowed);
  if (answer === undefined) return nothing;
  refusePrivateFields(answer.data, who.id);
  const here = { trial, home, feed };
  const message = newMessage(answer.data);
  feed.messages.push(message);
  const told = [messageTold(here, 'message.create', message.id)];
  return withWindows(here, { told: thread ? [...told, ...updateTold(here, thread)] : told });
};

const edit: Deed = async ({ trial, home, feed, who, step }) => {
  if (feed.messages.length === 0) return nothing;
  const message = pick(feed.messages, step.target);
  const own = able(home, who, feed);
  const allowed =
    own.has('view_channel') &&
    own.has('send_messages') &&
    message.author_id === who.id &&
    (message.thread_id === null || own.has('send_in_threads'));
  const path = `/channels/${feed.id}/messages/${message.id}`;
  const answer = await attempt(who, ['PATCH', path, { content: `edit ${step.at}` }], allowed);
  if (answer === undefined) return nothing;
  return { told: updateTold({ trial, home, feed }, message) };
};

const remove: Deed = async ({ trial, home, feed, step, ...scene }) => {
  if (feed.messages.length === 0) return nothing;
  const isAnswered = ({ id, author_id }: ModelMessage) =>
    feed.messages.some((one) => one.thread_id === id && one.author_id !== author_id);
  const begun = feed.messages.filter(({ id }) =>
    feed.messages.some(({ thread_id }) => thread_id === id),
  );
  const message = pick(step.flag && begun.length > 0 ? begun : feed.messages, step.target);
  // Rare, and it says most: who asked takes a question back that others answer.
  const author = trial.people.find(({ id }) => id === message.author_id);
  const who = step.at % 2 === 0 && isAnswered(message) ? (author ?? scene.who) : scene.who;
  const own = able(home, who, feed);
  const moderates =
    own.has('manage_messages') || (message.thread_id !== null && own.has('manage_threads'));
  const allowed =
    own.has('view_channel') &&
    !isSilenced(home, who) &&
    (message.author_id === who.id || moderates);
  const path = `/channels/${feed.id}/messages/${message.id}`;
  const answer = await attempt(who, ['DELETE', path], allowed);
  if (answer === undefined) return nothing;
  await trial.cleared();
  const here = { trial, home, feed };
  if (message.author_id === who.id && isAnswered(message)) {
    return { told: emptying(here, message) };
  }
  const told = removal(here, message);
  if (message.author_id !== who.id) {
    told.push(...noted(here, who, 'message_delete', message.author_id));
  }
  return { told };
};

/** A message goes with its replies; answers to what is gone answer nothing. */
function removal(here: Here, message: ModelMessage): Told[] {
  const { feed } = here;
  const { id, thread_id } = message;
  const replies = feed.messages.filter((one) => one.thread_id === id).map((one) => one.id);
  const answers = without(feed, [id, ...replies]);
  return [
    messageTold(here, 'message.delete', id),
    ...replies.map((one) => messageTold(here, 'message.delete_bulk', one)),
    ...feed.messages.filter((one) => one.id === thread_id).flatMap((one) => shortened(here, one)),
    ...answers.flatMap((one) => updateTold(here, one)),
  ];
}

/** Takes messages away; answers those that answer nothing any more. */
function without(feed: ModelFeed, ids: readonly string[]): ModelMessage[] {
  feed.messages = feed.messages.filter(({ id }) => !ids.includes(id));
  const answers = feed.messages.filter(({ reply_to }) => ids.includes(reply_to ?? ''));
  for (const answer of answers) answer.reply_to = null;
  return answers;
}

/** A thread has lost a reply: its first message is told, or goes if replies alone kept it. */
function shortened(here: Here, first: ModelMessage): Told[] {
  const hasReplies = here.feed.messages.some(({ thread_id }) => thread_id === first.id);
  return first.isEmptied && !hasReplies ? removal(here, first) : updateTold(here, first);
}

/** Only the place of a message stays, and what others answer; of what was told, that it was sent. */
function emptying(here: Here, message: ModelMessage): Told[] {
  const { trial, feed } = here;
  const { id, author_id } = message;
  const own = feed.messages
    .filter((one) => one.thread_id === id && one.author_id === author_id)
    .map((one) => one.id);
  const answers = without(feed, own);
  for (const voice of trial.voices) {
    const isKept = ({ message_id, key }: Told) =>
      message_id !== id || key.startsWith('message.create ');
    voice.missed = voice.missed?.filter(isKept) ?? null;
  }
  message.reactions.clear();
  const system_id = findSystemUser(trial.server.app.db)?.id ?? '';
  Object.assign(message, { isEmptied: true, isPinned: false, author_id: system_id });
  message.reply_to = null;
  return [
    ...own.map((one) => messageTold(here, 'message.delete_bulk', one)),
    ...updateTold(here, message),
    ...answers.flatMap((one) => updateTold(here, one)),
  ];
}

const react: Deed = async ({ trial, home, feed, who, step }) => {
  if (feed.messages.length === 0) return nothing;
  const own = able(home, who, feed);
  const message = pick(feed.messages, step.target);
  const emoji = pick(['up', 'down'], step.at);
  const isOn = step.flag;
  const allowed =
    own.has('view_channel') &&
    (isOn ? own.has('add_reactions') && !message.isEmptied : !isSilenced(home, who));
  const path = `/channels/${feed.id}/messages/${message.id}/reactions/${emoji}/@me`;
  const answer = await attempt(who, [isOn ? 'PUT' : 'DELETE', path], allowed);
  const mark = `${who.id} ${emoji}`;
  if (answer === undefined || message.reactions.has(mark) === isOn) return nothing;
  if (isOn) message.reactions.add(mark);
  else message.reactions.delete(mark);
  const key = `reaction.${isOn ? 'add' : 'remove'} ${message.id} ${who.id} ${emoji}`;
  const to = trial.viewers(home, feed);
  const of = { message_id: message.id, channel_id: feed.id };
  return { told: [{ key, intent: 'message_reactions', to, ...of }] };
};

const pin: Deed = async ({ trial, home, feed, who, step }) => {
  if (feed.messages.length === 0) return nothing;
  const message = pick(feed.messages, step.target);
  const own = able(home, who, feed);
  const allowed =
    own.has('view_channel') &&
    own.has(home.kind === 'space' ? 'manage_messages' : 'send_messages') &&
    !(step.flag && message.isEmptied);
  const path = `/channels/${feed.id}/pins/${message.id}`;
  const answer = await attempt(who, [step.flag ? 'PUT' : 'DELETE', path], allowed);
  if (answer === undefined || message.isPinned === step.flag) return nothing;
  message.isPinned = step.flag;
  const to = trial.viewers(home, feed);
  const key = `channel.pins_update ${feed.id}`;
  const pins: Told = { key, intent: 'spaces', to, channel_id: feed.id };
  const action = step.flag ? 'message_pin' : 'message_unpin';
  const here = { trial, home, feed };
  const entries = noted(here, who, action, message.author_id);
  return { told: [pins, ...entries, ...updateTold(here, message)] };
};

const type: Deed = async ({ trial, home, feed, who }) => {
  const own = able(home, who, feed);
  const allowed = own.has('view_channel') && own.has('send_messages');
  const answer = await attempt(who, ['POST', `/channels/${feed.id}/typing`, {}], allowed);
  if (answer === undefined) return nothing;
  const key = `typing.start ${feed.id} ${who.id}`;
  const to = trial.viewers(home, feed);
  return { told: [{ key, intent: 'message_typing', to, isFleeting: true }] };
};

const renameSelf: Deed = async ({ trial, who, step }) => {
  const call = ['PATCH', '/users/@me', { display_name: `${who.person.name} ${step.at}` }] as const;
  const before = await who.person.does('GET', '/users/@me');
  const answer = await attempt(who, call, true);
  if (answer.data.display_name === before.display_name) return nothing;
  const others = trial.acquaintances(who);
  // Who is in no space at all hears only of the own record.
  if (!trial.spaces.some(({ members }) => members.has(who.id))) others.delete(who.id);
  const told: Told[] = [
    { key: `user.update ${who.id} public`, intent: null, to: others },
    { key: `user.update ${who.id} own`, intent: null, to: new Set([who.id]) },
  ];
  return { told };
};

const renameMember: Deed = async ({ space, who, step }) => {
  const nickname = `nick ${step.at}`;
  const isMember = space.members.has(who.id);
  const may = able(space, who).has('change_nickname');
  const call = ['PATCH', `/spaces/${space.id}/members/@me`, { nickname }] as const;
  const answer = await attempt(who, call, may && isMember, may ? 404 : 403);
  if (answer === undefined || space.nicknames.get(who.id) === nickname) return nothing;
  space.nicknames.set(who.id, nickname);
  const to = new Set(space.members.keys());
  return { told: [{ key: `member.update ${space.id} ${who.id}`, intent: 'members', to }] };
};

/** Reads up to some message: the reader's own sessions alone are told, and the followers know what. */
const read: Deed = async ({ home, feed, who, step }) => {
  if (feed.messages.length === 0) return nothing;
  const { id: message_id } = pick(feed.messages, step.flag ? feed.messages.length - 1 : step.at);
  const allowed = able(home, who, feed).has('view_channel');
  await attempt(who, ['POST', `/channels/${feed.id}/ack`, { message_id }], allowed);
  return nothing;
};

const mute: Deed = async ({ home, feed, who }) => {
  const allowed = able(home, who, feed).has('view_channel');
  await attempt(who, ['PUT', `/channels/${feed.id}/mute`], allowed);
  return nothing;
};

const unmute: Deed = async ({ feed, who }) => {
  await attempt(who, ['DELETE', `/channels/${feed.id}/mute`], true);
  return nothing;
};

/** Deeds that leave access as it is. */
export const talk: Record<string, Deed> = {
  read,
  mute,
  unmute,
  send,
  edit,
  remove,
  react,
  pin,
  type,
  renameSelf,
  renameMember,
};

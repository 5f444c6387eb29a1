// Opens, changes, leaves and closes conversations.
import { peopleOf } from '../../../access/conversations.ts';
import { onlyGroups, type ConversationGrant } from '../../../access/conversation-rules.ts';
import { changingNearness } from '../../../access/acquaintances.ts';
import type { ConversationAccess } from '../../../access/evaluate.ts';
import { channelOf } from '../../../access/load.ts';
import type { Actor } from '../../../access/tokens.ts';
import type { Turn } from '../../../app.ts';
import { ApiError, noSuch } from '../../../errors.ts';
import { nobody } from '../../../events/event.ts';
import { hideChannel, insertChannel, updateChannel } from '../channels/queries.ts';
import type { Channel, ChannelPatch } from '../channels/schema.ts';
import {
  blockChanged,
  conversationGone,
  conversationOpened,
  conversationUpdated,
  personLeft,
} from './events.ts';
import { countConversation, isDeleted, reachable, refuseUnwanted } from './policy.ts';
import {
  closedBy,
  conversationOf,
  enter,
  hasClosed,
  insertPair,
  leave,
  pairsBehind,
  setClosed,
  someGroups,
} from './queries.ts';
import { maxPeople, type NewConversation } from './schema.ts';
import { conversationView } from './view.ts';

type Type = ConversationAccess['type'];

/** Returns the conversation as one of its people sees it now. */
function viewFor(turn: Turn, id: string, reader_id: string): Channel {
  const view = conversationView(turn.tx, id, reader_id);
  if (view === null) throw noSuch('channel');
  return view;
}

function tellEach(
  turn: Turn,
  event: typeof conversationOpened | typeof conversationUpdated,
  id: string,
  user_ids: readonly string[],
): void {
  for (const user_id of user_ids) {
    turn.tell(event, { user_ids: [user_id] }, viewFor(turn, id, user_id));
  }
}

/** Opens the conversation of two, which exists once, or makes a new group. */
export function openConversation(
  turn: Turn,
  opener: Actor,
  { recipient_id, recipients }: NewConversation,
): Channel {
  const named = recipient_id ? [recipient_id] : [...new Set(recipients)];
  if (named.length === 0) {
    throw new ApiError('invalid_request', 'recipient_id or recipients must name somebody.');
  }
  const others = named.filter((id) => id !== opener.id);
  const [first] = others;
  if (first === undefined) {
    throw new ApiError('invalid_request', 'Nobody can talk to oneself alone.');
  }
  return others.length === 1 ? openPair(turn, opener, first) : makeGroup(turn, opener, others);
}

function openPair(turn: Turn, opener: Actor, other_id: string): Channel {
  const known = conversationOf(turn.tx, opener.id, other_id);
  // What one has said to somebody who is deleted can still be read.
  if (known !== null && isDeleted(turn, other_id)) {
    openWindows(turn, known, [opener.id, other_id], [opener.id]);
    return viewFor(turn, known, opener.id);
  }
  const target = reachable(turn, opener.id, other_id);
  if (known !== null) {
    openWindows(turn, known, [opener.id, other_id], [opener.id]);
    return viewFor(turn, known, opener.id);
  }
  refuseUnwanted(turn, opener.id, target);
  const id = make(turn, 'dm', opener, [other_id]);
  insertPair(turn.tx, opener.id, other_id, id);
  tellEach(turn, conversationOpened, id, [opener.id, other_id]);
  return viewFor(turn, id, opener.id);
}

function makeGroup(turn: Turn, opener: Actor, others: readonly string[]): Channel {
  if (others.length >= maxPeople) {
    throw new ApiError('invalid_request', `A group has at most ${maxPeople} people.`);
  }
  for (const id of others) admit(turn, opener.id, id);
  const id = make(turn, 'group_dm', opener, others);
  tellEach(turn, conversationOpened, id, [opener.id, ...others]);
  return viewFor(turn, id, opener.id);
}

/** Throws unless the one may put the other into a group. */
function admit(turn: Turn, by_id: string, id: string): void {
  refuseUnwanted(turn, by_id, reachable(turn, by_id, id));
}

function make(turn: Turn, type: Type, opener: Actor, others: readonly string[]): string {
  countConversation(turn, opener);
  const id = turn.id();
  insertChannel(turn.tx, { id, type, owner_id: opener.id, created_at: turn.now });
  const people = [opener.id, ...others];
  changingNearness(turn, people, people, () => {
    for (const user_id of people) enter(turn.tx, id, user_id, turn.now);
  });
  return id;
}

/** Opens the windows that people have closed: called before a message or a call is told. */
export function reopen(turn: Turn, { id, people }: ConversationAccess): void {
  openWindows(turn, id, people, people);
}

/** Opens the window of one of the people, if it is closed. */
export function openWindow(turn: Turn, { id, people }: ConversationAccess, user_id: string): void {
  openWindows(turn, id, people, [user_id]);
}

/** Opens the window of those of `whose` who have closed it. */
function openWindows(
  turn: Turn,
  id: string,
  people: readonly string[],
  whose: readonly string[],
): void {
  const closed = closedBy(turn.tx, id).filter((user_id) => whose.includes(user_id));
  if (closed.length === 0) return;
  changingNearness(turn, closed, people, () => {
    for (const user_id of closed) setClosed(turn.tx, id, user_id, false);
  });
  tellEach(turn, conversationOpened, id, closed);
}

/** Gives a group another name; other fields of a channel are passed over. */
export function renameGroup(
  turn: Turn,
  { channel: { id, people }, actor }: ConversationGrant,
  { name, permission_overwrites }: ChannelPatch,
): Channel {
  // Whoever names people here wants to hide something: that must not seem to be done.
  if (permission_overwrites !== undefined) {
    throw new ApiError('invalid_request', 'A group has no permission_overwrites.');
  }
  const before = viewFor(turn, id, actor.id);
  if (name === undefined || name === before.name) return before;
  updateChannel(turn.tx, id, { name });
  tellEach(turn, conversationUpdated, id, people);
  return viewFor(turn, id, actor.id);
}

/** Adds somebody to a group; one who takes part already changes nothing. */
export function addPerson(
  turn: Turn,
  { channel, actor }: ConversationGrant,
  user_id: string,
): Channel {
  const { id, people } = channel;
  if (people.includes(user_id)) return viewFor(turn, id, actor.id);
  if (people.length >= maxPeople) {
    throw new ApiError('invalid_request', `A group has at most ${maxPeople} people.`);
  }
  admit(turn, actor.id, user_id);
  countConversation(turn, actor);
  changingNearness(turn, [user_id], people, () => enter(turn.tx, id, user_id, turn.now));
  tellEach(turn, conversationUpdated, id, people);
  tellEach(turn, conversationOpened, id, [user_id]);
  return viewFor(turn, id, actor.id);
}

/** Takes somebody out of a group, as its owner, or oneself; null if nobody is left to talk to. */
export function removePerson(
  turn: Turn,
  { channel, actor }: ConversationGrant,
  user_id: string,
): Channel | null {
  const { type, owner_id, people } = channel;
  if (type === 'dm') throw onlyGroups();
  if (user_id !== actor.id && owner_id !== actor.id) {
    throw new ApiError('forbidden', 'Only the owner of the group may take others out.');
  }
  if (!people.includes(user_id)) {
    throw new ApiError('not_found', 'This account does not take part in the group.');
  }
  const left = takeOut(turn, channel, user_id);
  if (left.length <= 1) dissolve(turn, channel, left);
  const isShown = user_id !== actor.id && left.length > 1;
  return isShown ? viewFor(turn, channel.id, actor.id) : null;
}

/** Closes the window of a conversation of two, or leaves a group. */
export function closeConversation(turn: Turn, { channel, actor }: ConversationGrant): void {
  if (channel.type === 'group_dm') {
    leaveGroup(turn, channel, actor.id);
  } else if (!hasClosed(turn.tx, channel.id, actor.id)) {
    changingNearness(turn, [actor.id], channel.people, () =>
      setClosed(turn.tx, channel.id, actor.id, true),
    );
    tellGone(turn, channel, [actor.id]);
  }
}

function leaveGroup(turn: Turn, channel: ConversationAccess, user_id: string): void {
  const left = takeOut(turn, channel, user_id);
  if (left.length === 0) dissolve(turn, channel, left);
}

const sliceGroups = 20;

/**
 * Takes an account that is gone out of some of its groups; true if there may be more. `among`: so many of
 * its newest conversations are looked through.
 */
export function leaveSomeGroups(
  turn: Turn,
  user_id: string,
  { max = sliceGroups, among = Number.MAX_SAFE_INTEGER } = {},
): boolean {
  const some = someGroups(turn.tx, user_id, { limit: max, among });
  for (const id of some) {
    const channel = channelOf(turn.app, id);
    if (channel?.space_id === null) leaveGroup(turn, channel, user_id);
  }
  return some.length === max;
}

const slicePairs = 10;

/**
 * Shows the others in some conversations of two that an account is deleted; what is left of it is there
 * only to be read. A conversation of two who are both deleted goes. Returns the last one, to go on
 * behind it; null when none are left.
 */
export function partFromSomePairs(turn: Turn, user_id: string, after: string): string | null {
  const some = pairsBehind(turn.tx, user_id, after, slicePairs);
  for (const { id, other_id, closed, gone } of some) {
    if (gone === 1) hideChannel(turn.tx, id, turn.now);
    turn.tell(blockChanged, nobody, { id });
    if (gone === 0 && closed === 0) tellEach(turn, conversationUpdated, id, [other_id]);
  }
  return some.length < slicePairs ? null : (some.at(-1)?.id ?? null);
}

/** Takes one of the people out, who hears so; tells the others and returns their ids. */
function takeOut(turn: Turn, channel: ConversationAccess, user_id: string): string[] {
  const { id, owner_id, people } = channel;
  changingNearness(turn, [user_id], people, () => leave(turn.tx, id, user_id, turn.now));
  const left = peopleOf(turn.tx, id);
  const [oldest] = left;
  // Who came first of those who are left.
  if (owner_id === user_id && oldest !== undefined)
    updateChannel(turn.tx, id, { owner_id: oldest });
  tellGone(turn, channel, [user_id]);
  tellEach(turn, conversationUpdated, id, left);
  return left;
}

function dissolve(turn: Turn, channel: ConversationAccess, left: readonly string[]): void {
  changingNearness(turn, left, left, () => hideChannel(turn.tx, channel.id, turn.now));
  tellGone(turn, channel, left);
}

function tellGone(turn: Turn, { id, type }: ConversationAccess, user_ids: readonly string[]): void {
  for (const user_id of user_ids) {
    // First, so that whoever goes hears the end of their call while they know the conversation.
    turn.tell(personLeft, nobody, { id, user_id });
    turn.tell(conversationGone, { user_ids: [user_id] }, { id, space_id: null, type });
  }
}

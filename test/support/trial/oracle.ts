// A small world of the tests' own, and who may do what in it: plain arithmetic that shares nothing with the server's.

import type { ModelEntry } from './recorded.ts';

export interface ModelRole {
  id: string;
  /** 0 is @everyone. */
  position: number;
  permissions: Set<string>;
}

export interface ModelOverwrite {
  type: 'role' | 'member';
  allow: readonly string[];
  deny: readonly string[];
}

export interface ModelMessage {
  id: string;
  author_id: string;
  thread_id: string | null;
  reply_to: string | null;
  isPinned: boolean;
  /** Whether its author has deleted it, and others answer it. */
  isEmptied: boolean;
  /** Who put which emoji on it, as `user emoji`. */
  reactions: Set<string>;
}

export interface ModelChannel {
  id: string;
  name: string;
  position: number;
  isOpenToGuests: boolean;
  overwrites: Map<string, ModelOverwrite>;
  messages: ModelMessage[];
}

export interface ModelSpace {
  kind: 'space';
  id: string;
  owner_id: string;
  isPublic: boolean;
  /** The channel in which new members are welcomed. */
  welcomes_in: string | null;
  /** Who was welcomed before: that happens once. */
  welcomed: Set<string>;
  roles: Map<string, ModelRole>;
  /** The roles of each member, without @everyone. */
  members: Map<string, Set<string>>;
  nicknames: Map<string, string>;
  banned: Set<string>;
  /** Who is under timeout, or will be after coming back. */
  silenced: Set<string>;
  /** What the audit log has got since the trial began. */
  entries: ModelEntry[];
  /** The newest entry from before. */
  before_id: string;
  channels: Map<string, ModelChannel>;
}

/** A conversation is its own channel. */
export interface ModelConversation {
  kind: 'conversation';
  id: string;
  type: 'dm' | 'group_dm';
  owner_id: string;
  name: string;
  /** When each of its people came. */
  people: Map<string, number>;
  /** Who has closed the window. */
  closed: Set<string>;
  /** What stands between everybody. */
  relations: Relations;
  messages: ModelMessage[];
}

/** Where a channel stands. */
export type ModelHome = ModelSpace | ModelConversation;

/** Where messages stand. */
export type ModelFeed = ModelChannel | ModelConversation;

/** One side of what stands between two people. */
export type Relation = 'friend' | 'blocked' | 'asked by' | 'asked';

/** By `between`, each side by itself. */
export type Relations = ReadonlyMap<string, Relation>;

/** One side: what the first one has of the other. */
export const between = (id: string, other_id: string) => `${id} ${other_id}`;

/** Whether one of two has blocked the other. */
export function isBlocked(relations: Relations, one: string, other: string): boolean {
  const sides = [relations.get(between(one, other)), relations.get(between(other, one))];
  return sides.includes('blocked');
}

/** Whether two hear of each other beside the spaces that they share. */
export function areNear(
  relations: Relations,
  conversations: readonly ModelConversation[],
  one: string,
  other: string,
): boolean {
  if (relations.get(between(one, other)) === 'friend') return true;
  if (isBlocked(relations, one, other)) return false;
  return conversations.some((of) => sees(of, { id: one }) && sees(of, { id: other }));
}

/** The people of a conversation, who came first in front; who came at once stand by their ids. */
export function peopleOf({ people }: ModelConversation): string[] {
  const inOrder = [...people].toSorted(([a, was], [b, is]) => was - is || (a < b ? -1 : 1));
  return inOrder.map(([id]) => id);
}

/** Whether somebody has the window of a conversation open. */
export function sees({ people, closed }: ModelConversation, { id }: Pick<Somebody, 'id'>): boolean {
  return people.has(id) && !closed.has(id);
}

export function newMessage({ id, author_id, thread_id, reply_to }: any): ModelMessage {
  const [isPinned, isEmptied] = [false, false];
  return { id, author_id, thread_id, reply_to, isPinned, isEmptied, reactions: new Set() };
}

export function newChannel(channel: any): ModelChannel {
  const { id, name, position, allow_anonymous_read: isOpenToGuests } = channel;
  const rules: (ModelOverwrite & { id: string })[] = channel.permission_overwrites;
  const overwrites = new Map(rules.map((one) => [one.id, one]));
  return { id, name, position, isOpenToGuests, overwrites, messages: [] };
}

/** Somebody with an account. */
export interface Somebody {
  id: string;
  isAdmin: boolean;
}

const everything = { has: () => true };
const nothing = { has: () => false };
export type Held = { has(permission: string): boolean };

const talking = [
  'send_messages',
  'send_tts',
  'send_in_threads',
  'create_threads',
  'add_reactions',
  'embed_links',
  'attach_files',
  'use_external_emojis',
  'use_commands',
  'connect',
  'speak',
  'stream',
  'use_vad',
  'priority_speaker',
];
const looking = ['view_channel', 'read_history'];

/** All its people may do the same; where one of two has blocked the other, both only look. */
function heldPrivately({ people, type, relations }: ModelConversation, id: string): Held {
  if (!people.has(id)) return nothing;
  const [one = '', other = ''] = people.keys();
  const isSilent = type === 'dm' && isBlocked(relations, one, other);
  return new Set(isSilent ? looking : [...looking, ...talking]);
}

/** What somebody may do in a space, in one channel of it, or in a conversation. */
export function held(home: ModelHome, who: Somebody, feed?: ModelFeed): Held {
  if (home.kind === 'conversation') return heldPrivately(home, who.id);
  if (feed && 'kind' in feed) throw new Error('a conversation stands in no space');
  return heldInSpace(home, who, feed);
}

function heldInSpace(space: ModelSpace, { id, isAdmin }: Somebody, channel?: ModelChannel): Held {
  if (isAdmin || id === space.owner_id) return everything;
  const roles = space.members.get(id);
  return roles === undefined ? nothing : withRoles(space, roles, id, channel);
}

/** Whether a timeout takes something from somebody: never from an admin or the owner. */
export function isSilenced(home: ModelHome, who: Somebody): boolean {
  if (home.kind === 'conversation') return false;
  const { silenced, members, owner_id } = home;
  return silenced.has(who.id) && members.has(who.id) && !who.isAdmin && who.id !== owner_id;
}

/** What somebody may do at the moment: a timeout leaves looking, and hearing what is not for holders of other permissions. */
export function able(home: ModelHome, who: Somebody, feed?: ModelFeed): Held {
  const set = held(home, who, feed);
  if (!isSilenced(home, who)) return set;
  return { has: (name) => looking.includes(name) && set.has(name) };
}

/** What people may read of a public space who have not joined it, or have no account. */
export function heldByStrangers(space: ModelSpace, channel: ModelChannel): Held {
  const set = withRoles(space, new Set(), '', channel);
  return { has: (name) => space.isPublic && looking.includes(name) && set.has(name) };
}

/** What guests of a public space may read of it: of what strangers may, the channels that are open to them. */
export function heldByGuests(space: ModelSpace, channel: ModelChannel): Held {
  return channel.isOpenToGuests ? heldByStrangers(space, channel) : nothing;
}

function withRoles(
  space: ModelSpace,
  roles: ReadonlySet<string>,
  user_id: string,
  channel?: ModelChannel,
): Held {
  const everyone = [...space.roles.values()].filter(({ position }) => position === 0);
  const own = [...space.roles.values()].filter(({ id }) => roles.has(id));
  const set = new Set([...everyone, ...own].flatMap(({ permissions }) => [...permissions]));
  if (set.has('administrator')) return everything;
  // First what holds for all, then for the roles together, then for the one person.
  for (const layer of [everyone, own, [{ id: user_id }]]) {
    const rules = layer.flatMap(({ id }) => channel?.overwrites.get(id) ?? []);
    for (const name of rules.flatMap(({ deny }) => deny)) set.delete(name);
    for (const name of rules.flatMap(({ allow }) => allow)) set.add(name);
  }
  return set;
}

/** Whether somebody hears what happens in a channel: as a member who may view it. */
export function hearsChannel(space: ModelSpace, channel: ModelChannel, who: Somebody): boolean {
  return space.members.has(who.id) && held(space, who, channel).has('view_channel');
}

/** What decides who views a channel; channels that share it are put in order together. */
export function viewRule({ overwrites, isOpenToGuests }: ModelChannel): string {
  const says = ({ allow, deny }: ModelOverwrite) =>
    allow.includes('view_channel') ? 'yes' : deny.includes('view_channel') ? 'no' : '';
  const rules = [...overwrites].map(([id, one]) => `${id} ${says(one)}`);
  return [...rules.filter((rule) => !rule.endsWith(' ')).toSorted(), isOpenToGuests].join();
}

/** Above whom somebody stands: the highest role, the owner above all. */
export function rank(space: ModelSpace, user_id: string): number {
  if (user_id === space.owner_id) return Number.POSITIVE_INFINITY;
  const roles = [...(space.members.get(user_id) ?? [])];
  return Math.max(0, ...roles.map((id) => space.roles.get(id)?.position ?? 0));
}

/** Whether somebody may moderate somebody else: nobody the owner, instance admins all others. */
export function outranks(space: ModelSpace, by: Somebody, user_id: string): boolean {
  if (user_id === space.owner_id) return false;
  return by.isAdmin || rank(space, by.id) > rank(space, user_id);
}

/** Whether somebody stands above a role. */
export function above(space: ModelSpace, by: Somebody, role: ModelRole): boolean {
  return by.isAdmin || rank(space, by.id) > role.position;
}

// A reference client: it builds its state from READY and keeps it true with what it hears, and with nothing else.
import type { Frame } from './ears.ts';

type Thing = Record<string, any>;
type Shelf = Map<string, Thing>;

const byId = (list: Thing[]): Shelf => new Map(list.map((one) => [one['id'], one]));
const memberKey = ({ space_id, user_id }: Thing) => `${space_id} ${user_id}`;

/** What a client knows. Only channels that were opened have messages. */
export class Replica {
  user: Thing;
  readonly spaces: Shelf;
  readonly channels: Shelf;
  readonly roles: Shelf;
  readonly members: Shelf;
  readonly users: Shelf;
  readonly presences: Shelf;
  /** The conversations whose window is open. */
  readonly conversations: Shelf;
  /** Friends, requests and blocks. */
  readonly relations: Shelf;
  /** Partners of conversations of whom one may have ceased to hear with the last common space. */
  readonly unsure = new Set<string>();
  /** The messages of each opened channel, replies included. */
  readonly messages = new Map<string, Shelf>();
  /** Channels whose newest message was deleted while they were not open: the one before is unknown. */
  readonly vague = new Set<string>();

  constructor(ready: Thing) {
    this.user = ready['user'];
    this.spaces = byId(ready['spaces']);
    this.channels = byId(ready['channels']);
    this.roles = byId(ready['roles']);
    this.users = byId(ready['users']);
    this.members = new Map(ready['members'].map((one: Thing) => [memberKey(one), one]));
    this.conversations = byId(ready['dm_channels']);
    this.relations = byId(ready['relationships']);
    this.presences = new Map(ready['presences'].map((one: Thing) => [one['user_id'], one]));
  }

  /** Notes the messages of a channel as they were read over REST. */
  opens(channel_id: string, messages: Thing[]): void {
    this.messages.set(channel_id, byId(messages));
  }

  /** `isReplayed`: brought by RESUME, which does not say which reactions are one's own. */
  apply({ type = '', data }: Frame, isReplayed = false): void {
    const [subject = '', happened = ''] = type.split('.');
    switch (subject) {
      case 'space':
        return this.#space(happened, data);
      case 'channel':
        return this.#channel(happened, data);
      case 'role':
        return this.#role(happened, data);
      case 'member':
        return this.#member(happened, data);
      case 'message':
        return this.#message(happened, isReplayed ? withoutMe(data) : data);
      case 'reaction':
        return this.#reaction(happened, data);
      case 'user':
        if (data['id'] === this.user['id'] && 'is_admin' in data) this.user = data;
        else this.#user(data);
        return;
      case 'relationship':
        if (happened === 'remove') this.relations.delete(data['user_id']);
        else this.relations.set(data['id'], data);
        return;
      case 'presence':
        return this.#presence(data);
    }
  }

  #user(user: Thing): void {
    if (this.users.has(user['id'])) this.users.set(user['id'], user);
    const relation = this.relations.get(user['id']);
    if (relation !== undefined) {
      // Relationships show a part of the profile.
      const shown = Object.keys(relation['user']).map((key) => [key, user[key]]);
      this.relations.set(user['id'], { ...relation, user: Object.fromEntries(shown) });
    }
    for (const [id, one] of this.conversations) {
      const recipients = one['recipients'].map((old: Thing) =>
        old['id'] === user['id'] ? user : old,
      );
      this.conversations.set(id, { ...one, recipients });
    }
  }

  /** Nobody is told of who is of no interest. */
  #presence(data: Thing): void {
    const { user_id, status } = data;
    this.unsure.delete(user_id);
    if (status === 'offline') this.presences.delete(user_id);
    else this.presences.set(user_id, data);
  }

  #knows(user_id: string): boolean {
    return (
      this.users.has(user_id) ||
      user_id === this.user['id'] ||
      this.relations.get(user_id)?.['type'] === 1
    );
  }

  #isPartner(user_id: string): boolean {
    const all = [...this.conversations.values()].flatMap(({ recipients }) => recipients);
    return all.some(({ id }) => id === user_id);
  }

  #space(happened: string, data: Thing): void {
    const { id } = data;
    if (happened === 'create') this.spaces.set(id, data);
    else if (happened === 'update' && this.spaces.has(id)) this.spaces.set(id, data);
    else if (happened === 'delete') {
      this.spaces.delete(id);
      for (const shelf of [this.channels, this.roles, this.members]) {
        for (const [key, one] of shelf) if (one['space_id'] === id) shelf.delete(key);
      }
      for (const channel_id of [...this.messages.keys()]) this.#close(channel_id);
      this.#forgetStrangers();
    }
  }

  /** Where a channel is, or would be. */
  #shelfOf(channel_id: string): Shelf {
    return this.conversations.has(channel_id) ? this.conversations : this.channels;
  }

  /** A channel that is not there has no messages either. */
  #close(channel_id: string): void {
    if (this.#shelfOf(channel_id).has(channel_id)) return;
    this.messages.delete(channel_id);
    this.vague.delete(channel_id);
  }

  /** Accounts that are in no space that is known are nobody to this client. */
  #forgetStrangers(): void {
    const members = new Set([...this.members.values()].map(({ user_id }) => user_id));
    for (const id of this.users.keys()) if (!members.has(id)) this.users.delete(id);
    for (const id of this.presences.keys()) {
      if (this.#knows(id)) continue;
      // The partner of a conversation may have closed its window.
      if (this.#isPartner(id)) this.unsure.add(id);
      else this.presences.delete(id);
    }
  }

  #channel(happened: string, data: Thing): void {
    const { id } = data;
    if (happened === 'create') {
      this.vague.delete(id);
      if (data['recipients']) this.conversations.set(id, data);
      else this.channels.set(id, data);
    } else if (happened === 'update') this.#renew(data);
    else if (happened === 'reorder') for (const one of data['channels']) this.#renew(one);
    else if (happened === 'delete') {
      this.#shelfOf(id).delete(id);
      this.#close(id);
    }
  }

  #renew(channel: Thing): void {
    const shelf = this.#shelfOf(channel['id']);
    if (!shelf.has(channel['id'])) return;
    this.vague.delete(channel['id']);
    shelf.set(channel['id'], channel);
  }

  #role(happened: string, data: Thing): void {
    if (happened !== 'delete') {
      this.roles.set(data['role'].id, data['role']);
      return;
    }
    const { role_id } = data;
    this.roles.delete(role_id);
    for (const [key, member] of this.members) {
      const roles = member['roles'].filter((id: string) => id !== role_id);
      this.members.set(key, { ...member, roles });
    }
  }

  #member(happened: string, data: Thing): void {
    if (happened === 'join') this.#meet(data);
    else if (happened === 'chunk') for (const one of data['members']) this.#meet(one);
    else if (happened === 'update') {
      if (this.members.has(memberKey(data))) this.members.set(memberKey(data), data);
    } else if (happened === 'leave') {
      this.members.delete(memberKey(data));
      this.#forgetStrangers();
    }
  }

  #meet({ user, ...member }: Thing): void {
    if (!this.spaces.has(member['space_id'])) return;
    this.members.set(memberKey(member), member);
    this.users.set(user.id, user);
  }

  #message(happened: string, data: Thing): void {
    const { channel_id } = data;
    const shelf = this.#shelfOf(channel_id);
    const channel = shelf.get(channel_id);
    const messages = this.messages.get(channel_id);
    if (happened === 'create') {
      if (channel && data['thread_id'] === null) {
        this.vague.delete(channel_id);
        shelf.set(channel_id, { ...channel, last_message_id: data['id'] });
      }
      messages?.set(data['id'], data);
    } else if (happened === 'update') {
      if (messages?.has(data['id'])) messages.set(data['id'], data);
    } else {
      for (const id of happened === 'delete' ? [data['id']] : data['ids']) {
        this.#forgetMessage(channel_id, id);
      }
    }
  }

  #forgetMessage(channel_id: string, id: string): void {
    const messages = this.messages.get(channel_id);
    messages?.delete(id);
    const shelf = this.#shelfOf(channel_id);
    const channel = shelf.get(channel_id);
    if (channel?.['last_message_id'] !== id) return;
    if (messages === undefined) {
      this.vague.add(channel_id);
      return;
    }
    const feed = [...messages.values()].filter(({ thread_id }) => thread_id === null);
    const ids: string[] = feed.map((one) => one['id']);
    const last_message_id = ids.toSorted((a, b) => (a < b ? -1 : 1)).at(-1) ?? null;
    shelf.set(channel_id, { ...channel, last_message_id });
  }

  #reaction(happened: string, data: Thing): void {
    const messages = this.messages.get(data['channel_id']);
    const message = messages?.get(data['message_id']);
    if (!messages || !message) return;
    const reactions = reactionsAfter(message['reactions'] ?? [], happened, {
      name: data['emoji'],
      isOwn: data['user_id'] === this.user['id'],
    });
    messages.set(data['message_id'], {
      ...message,
      reactions: reactions.length === 0 ? null : reactions,
    });
  }
}

/** The same message without a word about whose its reactions are. */
export function withoutMe(message: Thing): Thing {
  const reactions = message['reactions']?.map((one: Thing) => ({ ...one, me: null }));
  return reactions === undefined ? message : { ...message, reactions };
}

function reactionsAfter(
  list: readonly Thing[],
  happened: string,
  { name, isOwn }: { name: string; isOwn: boolean },
): Thing[] {
  const others = list.filter(({ emoji }) => emoji.name !== name);
  if (happened === 'clear') return [];
  if (happened === 'clear_emoji') return others;
  const old = list.find(({ emoji }) => emoji.name === name);
  if (happened === 'add') {
    if (old === undefined) {
      return [...list, { emoji: { id: null, name }, count: 1, me: isOwn }];
    }
    const grown = { ...old, count: old['count'] + 1, me: isOwn ? true : old['me'] };
    return list.map((one) => (one === old ? grown : one));
  }
  if (old === undefined || old['count'] === 1) return others;
  const shrunk = { ...old, count: old['count'] - 1, me: isOwn ? false : old['me'] };
  return list.map((one) => (one === old ? shrunk : one));
}

/**
 * A conversation as far as its people are told of it: of another name of one who has closed the window,
 * or between whom and oneself a block stands, nobody tells.
 */
export function asTold(conversation: Thing): Thing {
  const recipients = conversation['recipients'].map(({ id }: Thing) => ({ id }));
  return { ...conversation, recipients };
}

/** A friend, request or block; what friends do stands with their presence. */
function relationAsTold({ user, ...one }: Thing): Thing {
  const { status: _status, activities: _activities, ...profile } = user;
  // Of others than friends, who are not near, no new name is told.
  return { ...one, user: one['type'] === 1 ? profile : { id: user.id } };
}

/** What of a replica can be compared with another one of the same person. */
export function picture(
  replica: Replica,
  { vague, unsure }: Pick<Replica, 'vague' | 'unsure'> = replica,
): Thing {
  const sorted = (shelf: Shelf, look: (one: Thing) => Thing = (one) => one) =>
    Object.fromEntries(
      [...shelf].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, look(one)]),
    );
  const newest = (one: Thing) =>
    vague.has(one['id']) ? { ...one, last_message_id: 'unknown' } : one;
  return {
    user: replica.user,
    spaces: sorted(replica.spaces),
    channels: sorted(replica.channels, newest),
    conversations: sorted(replica.conversations, (one) => asTold(newest(one))),
    roles: sorted(replica.roles),
    members: sorted(replica.members, (one) => ({ ...one, roles: one['roles'].toSorted() })),
    users: sorted(replica.users),
    relations: sorted(replica.relations, relationAsTold),
    presences: sorted(new Map([...replica.presences].filter(([id]) => !unsure.has(id)))),
  };
}

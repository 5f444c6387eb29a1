// Follows a session with a replica, and compares that with what a newcomer of the same account is told and can read.
import { expect } from 'bun:test';
import type { Ears } from './ears.ts';
import type { Person } from './person.ts';
import { canInChannel } from '../../src/client/permissions.ts';
import { withoutMe } from '../../src/client/reactions.ts';
import { State } from '../../src/client/state.ts';
import { asTold, picture } from './replica.ts';

/** A session whose frames go into a replica, one after the other. */
export class Follower {
  person: Person;
  readonly replica: State;
  #ears: Ears;
  #read: number;
  /** Channels that stay closed, so that both kinds are followed. */
  readonly #closed = new Set<string>();
  /** Channels whose history could not be read for a while: whoever may again learns by READY what is unread. */
  readonly #blind = new Set<string>();

  constructor(person: Person, ears: Ears) {
    this.person = person;
    this.replica = new State(ears.ready as never);
    this.#ears = ears;
    this.#read = ears.frames.findIndex(({ type }) => type === 'ready') + 1;
  }

  /** Takes in what has arrived since, and opens new channels; `ears` is another one after RESUME. */
  async follow(ears: Ears = this.#ears): Promise<void> {
    await ears.settled();
    if (ears !== this.#ears) this.#read = 0;
    this.#ears = ears;
    const resumed = ears.frames.findIndex(({ type }) => type === 'resumed');
    for (const [index, frame] of ears.frames.entries()) {
      if (index >= this.#read && frame.op === 0)
        this.replica.apply(frame as never, index < resumed);
    }
    this.#read = ears.frames.length;
    const { channels, conversations } = this.replica;
    for (const channel of channels.values()) {
      if (!canInChannel(this.replica, channel)('read_history')) this.#blind.add(channel.id);
    }
    for (const id of [...channels.keys(), ...conversations.keys()]) {
      if (this.replica.messages.has(id) || this.#closed.has(id)) continue;
      const messages = BigInt(id) % 3n === 0n ? null : await readAll(this.person, id);
      if (messages === null) this.#closed.add(id);
      else this.replica.opens(id, messages);
    }
  }

  /** What was heard adds up to what READY says now, and to what can be read. */
  async agrees(ready: Record<string, any>): Promise<void> {
    const { replica, person } = this;
    const fresh = new State(ready as never);
    const name = person.name;
    const seen = (state: State) => {
      const { unread, ...rest } = picture(state, replica);
      for (const id of this.#blind) delete unread[id];
      return { name, unread, ...rest };
    };
    expect(seen(replica)).toEqual(seen(fresh));
    for (const [channel_id, messages] of replica.messages) {
      const read = await readAll(person, channel_id);
      // Who may no longer read old messages hears new ones all the same.
      if (read === null) continue;
      const known = [...messages.values()].toSorted(byId);
      const now = read.toSorted(byId).map((message, index) => {
        const isVague = known[index]?.['reactions']?.some(({ me }: any) => me === null);
        return isVague ? withoutMe(message) : message;
      });
      const heard = known.map((message, index) =>
        now[index]?.reactions?.some(({ me }: any) => me === null) ? withoutMe(message) : message,
      );
      expect({ name, channel_id, messages: heard }).toEqual({ name, channel_id, messages: now });
    }
    await this.#agreesWithLists();
    await this.#agreesPrivately();
  }

  /** Conversations, as a list and each, and what is pinned in them. */
  async #agreesPrivately(): Promise<void> {
    const { replica, person } = this;
    const vague = (one: any) =>
      asTold(replica.vague.has(one.id) ? { ...one, last_message_id: null } : one);
    const known = [...replica.conversations.values()].toSorted(byId).map(vague);
    const list: any[] = await person.does('GET', '/users/@me/channels');
    expect(known).toEqual(list.toSorted(byId).map(vague));
    for (const one of known) {
      expect(one).toEqual(vague(await person.does('GET', `/channels/${one.id}`)));
      const messages = replica.messages.get(one.id);
      if (messages === undefined) continue;
      const pinned = [...messages.values()].filter((message) => message['pinned']);
      const pinnedIds: string[] = pinned.map((message) => message['id']);
      const pins: { id: string }[] = await person.does('GET', `/channels/${one.id}/pins`);
      expect(pins.map(({ id }) => id).toSorted()).toEqual(pinnedIds.toSorted());
    }
  }

  async #agreesWithLists(): Promise<void> {
    const { replica, person } = this;
    const spaces: any[] = await person.does('GET', '/users/@me/spaces');
    expect(spaces.toSorted(byId)).toEqual([...replica.spaces.values()].toSorted(byId));
    for (const { id } of spaces) {
      const here = (shelf: Map<string, any>) =>
        [...shelf.values()].filter(({ space_id }) => space_id === id).toSorted(byId);
      for (const [list, shelf] of [
        ['channels', replica.channels],
        ['roles', replica.roles],
        ['members?limit=1000', replica.members],
      ] as const) {
        const reply = await person.call('GET', `/spaces/${id}/${list}`);
        // Members who may view nothing at all are refused the lists.
        if (reply.status === 403) continue;
        const known = here(shelf);
        const read = reply.data.toSorted(byId);
        const vague = (one: any) =>
          replica.vague.has(one.id) ? { ...one, last_message_id: null } : one;
        expect(known.map(vague).map(sortedRoles)).toEqual(read.map(vague).map(sortedRoles));
      }
    }
  }
}

function byId(a: Record<string, any>, b: Record<string, any>): number {
  const [left, right] = [a['id'] ?? a['user_id'], b['id'] ?? b['user_id']];
  return left < right ? -1 : 1;
}

const sortedRoles = (one: any) => (one.roles ? { ...one, roles: one.roles.toSorted() } : one);

/** All messages of a channel: its feed, and every thread of it; null where they may not be read. */
async function readAll(person: Person, channel_id: string): Promise<any[] | null> {
  const path = `/channels/${channel_id}/messages`;
  const messages: any[] = [];
  for (let before = ''; ; before = `&before=${messages.at(-1).id}`) {
    const page = await person.call('GET', `${path}?limit=100${before}`);
    if (page.status !== 200) return null;
    messages.push(...page.data);
    if (page.data.length < 100) break;
  }
  for (const { id } of messages.filter(({ reply_count }) => reply_count > 0)) {
    messages.push(...(await person.does('GET', `${path}?limit=100&thread_id=${id}`)));
  }
  return messages;
}

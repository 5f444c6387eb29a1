// What a client knows, on shelves: filled from READY, and changed by events alone.
import { Accounts } from './accounts.ts';
import type { KnownMessage } from './reactions.ts';
import type {
  Channel,
  Emoji,
  Member,
  OwnUser,
  Presence,
  ReadyData,
  Relationship,
  Role,
  Space,
  Unread,
  VoiceState,
} from './wire.ts';

export type Shelf<T> = Map<string, T>;

/** A membership; the account stands on its own shelf. */
export type KnownMember = Omit<Member, 'user'>;

/** What may have changed, for whoever shows it. */
export type Part =
  | 'user'
  | 'spaces'
  | 'channels'
  | 'roles'
  | 'members'
  | 'users'
  | 'presences'
  | 'conversations'
  | 'relations'
  | 'voice'
  | 'rings'
  | 'unread'
  | 'mutes'
  | 'emojis'
  | 'messages';

const byId = <T extends { id: string }>(list: readonly T[]): Shelf<T> =>
  new Map(list.map((one) => [one.id, one]));

export const memberKey = ({ space_id, user_id }: { space_id: string; user_id: string }) =>
  `${space_id} ${user_id}`;

/** Somebody calls the people of a conversation. */
export interface Ringing {
  readonly channel_id: string;
  readonly caller_id: string;
  /** Those whom it still rings for: they have neither come nor declined. */
  readonly waiting: readonly string[];
  /** Since when, in Unix milliseconds by the clock of this device. */
  readonly since_ms: number;
}

/** `1`: a friend, as relationships say it on the wire. */
const friend = 1;

export class Shelves {
  user: OwnUser | null;
  readonly session_id: string;
  readonly spaces: Shelf<Space>;
  /** The channels of spaces. */
  readonly channels: Shelf<Channel>;
  readonly roles: Shelf<Role>;
  /** By `memberKey`. */
  readonly members: Shelf<KnownMember>;
  readonly users = new Accounts();
  readonly presences: Shelf<Presence>;
  /** The conversations whose window is open. */
  readonly conversations: Shelf<Channel>;
  /** Friends, requests and blocks, by account. */
  readonly relations: Shelf<Relationship>;
  /** Who is in voice, by account. */
  readonly voice: Shelf<VoiceState>;
  /** By channel. */
  readonly rings: Shelf<Ringing>;
  /** By channel; one that is missing is read. */
  readonly unread: Shelf<Unread>;
  /** What is unread in channels that had been read: by message, whether it names the reader. */
  readonly news = new Map<string, Map<string, boolean>>();
  /** Channels that are muted, by themselves or by their category. */
  readonly mutes: Set<string>;
  /** Partners of conversations of whom one may have ceased to hear with the last common space. */
  readonly unsure = new Set<string>();
  /** The custom emojis of each space whose list was read. */
  readonly emojis = new Map<string, Shelf<Emoji>>();
  /** The messages of each opened channel, replies included. */
  readonly messages = new Map<string, Shelf<KnownMessage>>();
  /** By channel, from which message on all are noted, up to the present; `0`: from the first on. */
  readonly since = new Map<string, string>();
  /** Channels whose newest message was deleted, of which the one before is not noted. */
  readonly vague = new Set<string>();
  readonly #changed: (part: Part) => void;

  constructor(ready: ReadyData, changed: (part: Part) => void = () => undefined) {
    this.user = ready.user;
    this.session_id = ready.session_id;
    this.spaces = byId(ready.spaces);
    this.channels = byId(ready.channels);
    this.roles = byId(ready.roles);
    for (const one of ready.users) this.users.set(one.id, one);
    this.members = new Map(ready.members.map((one) => [memberKey(one), one]));
    this.conversations = byId(ready.dm_channels);
    this.relations = byId(ready.relationships);
    this.presences = new Map(ready.presences.map((one) => [one.user_id, one]));
    this.voice = new Map(ready.voice_states.map((one) => [one.user_id, one]));
    this.rings = new Map(
      ready.rings.map(({ channel_id, caller_id, waiting, age_ms }) => [
        channel_id,
        { channel_id, caller_id, waiting, since_ms: Date.now() - age_ms },
      ]),
    );
    this.unread = new Map(ready.unread.map((one) => [one.channel_id, one]));
    this.mutes = new Set(ready.mutes.map(({ channel_id }) => channel_id));
    this.#changed = changed;
  }

  /** Tells that these parts have changed. */
  touch(...parts: readonly Part[]): void {
    for (const part of parts) this.#changed(part);
  }

  /** The shelf and part where a channel is, or would be. */
  homeOf(channel_id: string): { shelf: Shelf<Channel>; part: Part } {
    return this.conversations.has(channel_id)
      ? { shelf: this.conversations, part: 'conversations' }
      : { shelf: this.channels, part: 'channels' };
  }

  channel(channel_id: string): Channel | undefined {
    return this.channels.get(channel_id) ?? this.conversations.get(channel_id);
  }

  /** Notes all messages of a channel as they were read over REST, in place of what was there. */
  opens(channel_id: string, messages: readonly KnownMessage[]): void {
    this.messages.set(channel_id, byId(messages));
    this.since.set(channel_id, '0');
    this.touch('messages');
  }

  /** Notes more of them; what is there already is newer. */
  adds(channel_id: string, messages: readonly KnownMessage[]): void {
    const shelf = this.messages.get(channel_id) ?? new Map<string, KnownMessage>();
    for (const one of messages) if (!shelf.has(one.id)) shelf.set(one.id, one);
    this.messages.set(channel_id, shelf);
    this.touch('messages');
  }

  /** Forgets the messages of a channel that is not there any more. */
  close(channel_id: string): void {
    if (this.channel(channel_id) !== undefined) return;
    this.messages.delete(channel_id);
    this.since.delete(channel_id);
    this.vague.delete(channel_id);
    this.unread.delete(channel_id);
    this.news.delete(channel_id);
    this.mutes.delete(channel_id);
    this.touch('messages', 'unread', 'mutes');
  }

  knows(user_id: string): boolean {
    return (
      this.users.has(user_id) ||
      user_id === this.user?.id ||
      this.relations.get(user_id)?.type === friend
    );
  }

  /** Forgets accounts that are in no space that is known. */
  forgetStrangers(): void {
    const members = new Set(this.members.values().map(({ user_id }) => user_id));
    const partners = new Set(
      this.conversations.values().flatMap(({ recipients = [] }) => recipients.map(({ id }) => id)),
    );
    for (const id of this.users.keys()) if (!members.has(id)) this.users.delete(id);
    for (const id of this.presences.keys()) {
      if (this.knows(id)) continue;
      // The partner of a conversation may have closed its window.
      if (partners.has(id)) this.unsure.add(id);
      else this.presences.delete(id);
    }
    this.touch('users', 'presences');
  }
}

/** Ids are numbers of growing length: the older one comes first. */
export function byAge(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

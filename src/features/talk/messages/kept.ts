// What is kept in memory of messages until they change: each as JSON, and whole pages of them.
import type { Db, Tx } from '../../../db/open.ts';
import type { KeptAnswer } from '../../../http/endpoint.ts';
import { GroupedMap } from '../../../lib/grouped-map.ts';
import type { LateText } from '../../../lib/late-text.ts';
import { LeastRecentMap } from '../../../lib/least-recent.ts';
import type { Reaction } from './schema.ts';

/** About 12 MiB of messages of ordinary length; of the longest ones far fewer are kept. */
const maxMessages = 15_000;
const maxMessages_characters = 12 * 1024 * 1024;

/** An ordinary page takes 30 KiB. */
const pageBounds = {
  groups: 1_000,
  weight: 8 * 1024 * 1024,
  weightOfGroup: 512 * 1024,
  of: ({ bytes }: KeptPage) => bytes,
};

/** A message as whoever sees it who has not reacted to it. */
export interface KeptMessage {
  readonly id: string;
  readonly text: LateText;
  readonly reactions: readonly Reaction[];
}

/** Which messages a page holds. */
export interface MessagePage {
  ids: string[];
  /** The value for `after` or `before` to get the next page; null for an empty page. */
  cursor: string | null;
  has_more: boolean;
}

/** The newest page of a channel or thread as it goes out to some reader. */
export interface KeptPage {
  readonly found: MessagePage;
  /** Those of its messages that people have reacted to. */
  readonly reacted: readonly KeptMessage[];
  readonly answer: KeptAnswer;
  /** About how much memory it takes. */
  readonly bytes: number;
}

interface Store {
  /** By id. */
  readonly messages: LeastRecentMap<string, KeptMessage>;
  /** By channel, and what was asked for. */
  readonly pages: GroupedMap<KeptPage>;
  /** What addresses in the texts begin with. */
  origin: string | null;
}

const stores = new WeakMap<Db, Store>();

function storeOf(db: Db): Store {
  let store = stores.get(db);
  if (store === undefined) {
    store = {
      messages: new LeastRecentMap(maxMessages, {
        max: maxMessages_characters,
        of: ({ text }) => text.length,
      }),
      pages: new GroupedMap(pageBounds),
      origin: null,
    };
    stores.set(db, store);
  }
  return store;
}

/** Returns what is kept, of the time in which clients reach this server at `origin`. */
export function keptOf(db: Db, origin: string): Omit<Store, 'origin'> {
  const store = storeOf(db);
  if (store.origin !== origin) forgetAllKept(db);
  store.origin = origin;
  return store;
}

/**
 * Is called in the turn that tells how messages of a channel have changed, come or gone. Nobody reads
 * between the change and its commit, and after a rollback they are read again.
 */
export function forgetKept(tx: Tx, channel_id: string, ids: readonly string[]): void {
  const { messages, pages } = storeOf(tx);
  pages.deleteGroup(channel_id);
  for (const id of ids) messages.delete(id);
}

/** Must be called when many messages change at once, and nobody is told of each. */
export function forgetAllKept(db: Db): void {
  const { messages, pages } = storeOf(db);
  messages.clear();
  pages.clear();
}

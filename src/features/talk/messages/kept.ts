// Messages written out as JSON for pages, kept in memory until they change.
import type { Db, Tx } from '../../../db/open.ts';
import type { LateText } from '../../../lib/late-text.ts';
import { LeastRecentMap } from '../../../lib/least-recent.ts';

/** About 15 MiB of messages of ordinary length; of the longest ones far fewer are kept. */
const maxKept = 20_000;
const maxKept_characters = 16 * 1024 * 1024;

interface Store {
  readonly texts: LeastRecentMap<string, LateText>;
  /** What addresses in the texts begin with. */
  origin: string | null;
}

const stores = new WeakMap<Db, Store>();

function storeOf(db: Db): Store {
  let store = stores.get(db);
  if (store === undefined) {
    const weights = { max: maxKept_characters, of: ({ length }: LateText) => length };
    store = { texts: new LeastRecentMap(maxKept, weights), origin: null };
    stores.set(db, store);
  }
  return store;
}

/**
 * The JSON of messages by id; holds only messages that look the same to every reader. `origin` is
 * where clients reach this server now.
 */
export function keptMessages(db: Db, origin: string): LeastRecentMap<string, LateText> {
  const store = storeOf(db);
  if (store.origin !== origin) store.texts.clear();
  store.origin = origin;
  return store.texts;
}

/**
 * Must be called by every query that changes what a message looks like. It may be called before the
 * commit: nobody reads pages between a change and its commit, and after a rollback messages are
 * read again.
 */
export function forgetKept(tx: Tx, ids: readonly string[]): void {
  const { texts } = storeOf(tx);
  for (const id of ids) texts.delete(id);
}

/** Must be called when many messages change at once. */
export function forgetAllKept(tx: Tx): void {
  storeOf(tx).texts.clear();
}

// Messages written out as JSON for pages, kept in memory until they change.
import type { Database } from 'bun:sqlite';
import type { Db, Tx } from '../../../db/open.ts';
import type { LateText } from '../../../lib/late-text.ts';
import { LeastRecentMap } from '../../../lib/least-recent.ts';

/** About 15 MiB of messages of ordinary length; of the longest ones far fewer are kept. */
const maxKept = 20_000;
const maxKept_characters = 16 * 1024 * 1024;

const stores = new WeakMap<Database, LeastRecentMap<string, LateText>>();

/** The JSON of messages by id; holds only messages that look the same to every reader. */
export function keptMessages(db: Db): LeastRecentMap<string, LateText> {
  let store = stores.get(db.sqlite);
  if (store === undefined) {
    store = new LeastRecentMap(maxKept, { max: maxKept_characters, of: ({ length }) => length });
    stores.set(db.sqlite, store);
  }
  return store;
}

/**
 * Must be called by every query that changes what a message looks like. It may be called before the
 * commit: nobody reads pages between a change and its commit, and after a rollback messages are
 * read again.
 */
export function forgetKept(tx: Tx, ids: readonly string[]): void {
  const store = keptMessages(tx);
  for (const id of ids) store.delete(id);
}

/** Must be called when many messages change at once. */
export function forgetAllKept(tx: Tx): void {
  keptMessages(tx).clear();
}

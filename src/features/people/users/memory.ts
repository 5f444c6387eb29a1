// A cache of accounts; a turn that changes an account drops it.
import type { App } from '../../../app.ts';
import { picturesOf } from '../../../gateway/pictures.ts';
import { cacheName } from '../../../lib/row-cache.ts';
import type { Written } from '../../../lib/written.ts';
import { findUser, isGone, type UserRow } from './queries.ts';

const userCache = cacheName<UserRow | undefined>(20_000);
/** How accounts look to others. */
export const userPictures = picturesOf<Written>(16 * 1024 * 1024);

/** Returns the account; undefined if there is none, or if it is deleted. */
export function readUser(app: App, id: string): UserRow | undefined {
  const table = app.cache.table(userCache);
  const row = table.get(id, () => findUser(app.db, id));
  // Unknown ids are not cached: they would only push out real accounts.
  if (row === undefined && !app.cache.inTurn) table.change(id);
  return row === undefined || isGone(row) ? undefined : row;
}

/** Marks the account as changed by the running turn. */
export function changesUser(app: App, id: string): void {
  app.cache.table(userCache).change(id);
  app.cache.table(userPictures).change(id);
}

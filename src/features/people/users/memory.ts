// Accounts kept in memory for reading, dropped by the turn that changes them.
import type { App } from '../../../app.ts';
import { cacheName } from '../../../lib/row-cache.ts';
import { findUser, type UserRow } from './queries.ts';

const userCache = cacheName<UserRow | undefined>(20_000);

/** The account of that id; undefined when there is none. */
export function readUser(app: App, id: string): UserRow | undefined {
  const table = app.cache.table(userCache);
  const row = table.get(id, () => findUser(app.db, id));
  // Ids that nobody has would only push out those of people.
  if (row === undefined && !app.cache.inTurn) table.change(id);
  return row;
}

/** Says that the running turn changes the account. */
export function changesUser(app: App, id: string): void {
  app.cache.table(userCache).change(id);
}

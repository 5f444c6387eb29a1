// SQL of accounts.
import { and, eq, inArray } from 'drizzle-orm';
import { rowBy, type Db, type Tx } from '../../../db/open.ts';
import { users } from '../../../db/schema/people.ts';
import { foldCase } from '../../../lib/text.ts';

export type UserRow = typeof users.$inferSelect;
export type NewUserRow = Omit<typeof users.$inferInsert, 'folded_name'>;

export const findUser = rowBy(users, users.id);
export const findUserByName = rowBy(users, users.username);

/** Returns the accounts of the ids (at most 1,000); unknown ones are left out. */
export function findUsers(db: Db, ids: readonly string[]): UserRow[] {
  if (ids.length === 0) return [];
  return db.orm
    .select()
    .from(users)
    .where(inArray(users.id, [...ids]))
    .all();
}

/** Returns the form of a display name that search compares, without case; "" for null. */
export function foldName(name: string | null): string {
  return foldCase((name ?? '').normalize('NFC'));
}

/** Returns false if the server surely has fewer accounts than `count`; reads only one rowid. */
export function mayHaveAccounts(db: Db, count: number): boolean {
  const row = db.sqlite.rows({ newest: 'number?' }, 'SELECT max(rowid) AS newest FROM users').get();
  return (row?.newest ?? 0) >= count;
}

export function insertUser(tx: Tx, row: NewUserRow): void {
  const folded_name = foldName(row.display_name ?? null);
  tx.orm
    .insert(users)
    .values({ ...row, folded_name })
    .run();
}

export function updateUser(tx: Tx, id: string, change: Partial<NewUserRow>): void {
  if (Object.keys(change).length === 0) return;
  const { display_name } = change;
  const folded = display_name === undefined ? {} : { folded_name: foldName(display_name) };
  tx.orm
    .update(users)
    .set({ ...change, ...folded })
    .where(eq(users.id, id))
    .run();
}

/** Returns the server's own account; undefined if it is not made yet. */
export function findSystemUser(db: Db): UserRow | undefined {
  return db.orm
    .select()
    .from(users)
    .where(and(eq(users.system, true), eq(users.username, 'System')))
    .get();
}

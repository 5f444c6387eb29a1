// SQL of accounts: rows in, rows out.
import { and, eq, inArray } from 'drizzle-orm';
import { rowBy, type Db, type Tx } from '../../../db/open.ts';
import { users } from '../../../db/schema/people.ts';
import { foldCase } from '../../../lib/text.ts';

export type UserRow = typeof users.$inferSelect;
export type NewUserRow = Omit<typeof users.$inferInsert, 'folded_name'>;

export const findUser = rowBy(users, users.id);
export const findUserByName = rowBy(users, users.username);

/** The accounts of those ids; unknown ones are left out. At most 1,000 at once. */
export function findUsers(db: Db, ids: readonly string[]): UserRow[] {
  if (ids.length === 0) return [];
  return db.orm
    .select()
    .from(users)
    .where(inArray(users.id, [...ids]))
    .all();
}

/** What a display name is found by, whatever its case; "" for none. */
export function foldName(name: string | null): string {
  return foldCase((name ?? '').normalize('NFC'));
}

/** False when the server certainly has fewer accounts than that; nothing is counted. */
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

/** The account that speaks for the server itself. */
export function findSystemUser(db: Db): UserRow | undefined {
  return db.orm
    .select()
    .from(users)
    .where(and(eq(users.system, true), eq(users.username, 'System')))
    .get();
}

// SQL of accounts.
import { and, eq, inArray } from 'drizzle-orm';
import { rowBy, type Db, type Tx } from '../../../db/open.ts';
import { users } from '../../../db/schema/people.ts';
import { removeImage } from '../../base/files/images.ts';
import { foldName } from '../../../lib/name-text.ts';

export type UserRow = typeof users.$inferSelect;
export type NewUserRow = Omit<typeof users.$inferInsert, 'folded_name'>;

export const findUser = rowBy(users, users.id);
/** By a user name as it is kept; see `meantName` for what people type. */
export const findUserByName = rowBy(users, users.username);

/** Tells whether an account is deleted: only what still names it sees its row. */
export const isGone = ({ deleted_at }: Pick<UserRow, 'deleted_at'>) => deleted_at !== null;

/** Returns the accounts of the ids (at most 1,000); unknown ones are left out. */
export function findUsers(db: Db, ids: readonly string[]): UserRow[] {
  if (ids.length === 0) return [];
  return db.orm
    .select()
    .from(users)
    .where(inArray(users.id, [...ids]))
    .all();
}

/** Returns false if the server surely has fewer accounts than `count`; reads only one rowid. */
export function mayHaveAccounts(db: Db, count: number): boolean {
  const row = db.sqlite.rows({ newest: 'number?' }, 'SELECT max(rowid) AS newest FROM users').get();
  return (row?.newest ?? 0) >= count;
}

export function insertUser(tx: Tx, row: NewUserRow): void {
  const folded_name = foldName(row.display_name ?? '');
  tx.orm
    .insert(users)
    .values({ ...row, folded_name })
    .run();
}

export function updateUser(tx: Tx, id: string, change: Partial<NewUserRow>): void {
  if (Object.keys(change).length === 0) return;
  const { display_name } = change;
  const folded = display_name === undefined ? {} : { folded_name: foldName(display_name ?? '') };
  tx.orm
    .update(users)
    .set({ ...change, ...folded })
    .where(eq(users.id, id))
    .run();
}

/** Deletes an account unless rows that outlive it name it, such as messages; tells whether it did. */
export function deleteUnnamedUser(tx: Tx, id: string): boolean {
  try {
    const images = { avatar: users.avatar, banner: users.banner };
    const gone = tx.orm.delete(users).where(eq(users.id, id)).returning(images).get();
    for (const image of [gone?.avatar, gone?.banner]) removeImage(tx, image ?? null);
    return true;
  } catch (error) {
    const { cause = error } = error as Error;
    if ((cause as { code?: unknown }).code === 'SQLITE_CONSTRAINT_FOREIGNKEY') return false;
    throw error;
  }
}

/** Where a page of deleted accounts begins: behind this one. */
export type DeletedUser = Pick<UserRow, 'id'> & { deleted_at: number };

/** Returns a slice of the deleted accounts, those deleted first in front. */
export function deletedUsers(db: Db, after: DeletedUser, limit: number): DeletedUser[] {
  return db.sqlite
    .rows(
      { id: 'text', deleted_at: 'number' },
      `SELECT id, deleted_at FROM users WHERE deleted_at IS NOT NULL AND (deleted_at, id) > (?, ?)
        ORDER BY deleted_at, id LIMIT ?`,
    )
    .all(after.deleted_at, after.id, limit);
}

const slice = 200;

/**
 * Folds a slice of display names anew, of accounts with ids above `after`; returns the last id, or
 * null if none were left.
 */
export function refoldNames(tx: Tx, after: string): string | null {
  const rows = tx.sqlite
    .rows(
      { id: 'text', display_name: 'text?', folded_name: 'text?' },
      'SELECT id, display_name, folded_name FROM users WHERE id > ? ORDER BY id LIMIT ?',
    )
    .all(after, slice);
  for (const { id, display_name, folded_name } of rows) {
    if (foldName(display_name ?? '') !== folded_name) updateUser(tx, id, { display_name });
  }
  return rows.length < slice ? null : (rows.at(-1)?.id ?? null);
}

/** Returns the server's own account; undefined if it is not made yet. */
export function findSystemUser(db: Db): UserRow | undefined {
  return db.orm
    .select()
    .from(users)
    .where(and(eq(users.system, true), eq(users.username, 'System')))
    .get();
}

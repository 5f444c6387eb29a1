// SQL of the settings of the server: one row.
import { and, eq } from 'drizzle-orm';
import { prepared, type Db, type Tx } from '../../../db/open.ts';
import { instance } from '../../../db/schema/people.ts';

export type SettingsRow = typeof instance.$inferSelect;

const only = prepared((orm) => orm.select().from(instance).where(eq(instance.id, 1)).prepare());

/** The maximum number of members of a space, whatever the settings say. */
const maxMembersEver = 500_000;

/** Returns the row of settings; throws if it is missing. */
export function readSettings(db: Db): SettingsRow {
  const row = only(db).get();
  if (row === undefined) throw new Error('the row of settings is missing');
  return row;
}

/** Returns the maximum number of members of a space on this server. */
export function maxMembers(db: Db): number {
  const set = readSettings(db).max_members_per_space;
  return set > 0 ? Math.min(set, maxMembersEver) : maxMembersEver;
}

/** Writes the first settings; does nothing if there are some. */
export function insertSettings(tx: Tx, tos_text: string): void {
  tx.orm.insert(instance).values({ id: 1, tos_text }).onConflictDoNothing().run();
}

/** Marks that the first account was made; true only for the first call. */
export function claimAdmin(tx: Tx): boolean {
  const claimed = tx.orm
    .update(instance)
    .set({ admin_claimed: true })
    .where(and(eq(instance.id, 1), eq(instance.admin_claimed, false)))
    .returning({ id: instance.id })
    .all();
  return claimed.length > 0;
}

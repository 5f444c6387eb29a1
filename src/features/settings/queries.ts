// SQL of what holds for the whole server: one row.
import { eq } from 'drizzle-orm';
import { prepared, type Db } from '../../db/open.ts';
import { instance } from '../../db/schema/people.ts';

export type SettingsRow = typeof instance.$inferSelect;

const only = prepared((orm) => orm.select().from(instance).where(eq(instance.id, 1)).prepare());

/** Of any space, whatever the server allows. */
const mostMembersEver = 500_000;

/** What holds for the whole server. */
export function readSettings(db: Db): SettingsRow {
  const row = only(db).get();
  if (row === undefined) throw new Error('the row of settings is missing');
  return row;
}

/** How many members a space of this server may have. */
export function mostMembers(db: Db): number {
  const set = readSettings(db).max_members_per_space;
  return set > 0 ? Math.min(set, mostMembersEver) : mostMembersEver;
}

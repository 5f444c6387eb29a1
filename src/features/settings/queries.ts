// SQL of what holds for the whole server: one row.
import { eq } from 'drizzle-orm';
import { prepared, type Db } from '../../db/open.ts';
import { instance } from '../../db/schema.ts';

export type SettingsRow = typeof instance.$inferSelect;

const only = prepared((orm) => orm.select().from(instance).where(eq(instance.id, 1)).prepare());

/** What holds for the whole server. */
export function readSettings(db: Db): SettingsRow {
  const row = only(db).get();
  if (row === undefined) throw new Error('the row of settings is missing');
  return row;
}

// SQL of the settings of the server: one row.
import { randomBytes } from 'node:crypto';
import { and, eq, isNull } from 'drizzle-orm';
import type { App } from '../../../app.ts';
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

/** Writes the first settings; of those that are there it completes what is missing. */
export function insertSettings(tx: Tx, tos_text: string): void {
  tx.orm.insert(instance).values({ id: 1, tos_text }).onConflictDoNothing().run();
  const preview_key = randomBytes(16).toString('hex');
  tx.orm.update(instance).set({ preview_key }).where(isNull(instance.preview_key)).run();
}

export function updateSettings(tx: Tx, change: Partial<SettingsRow>): void {
  tx.orm.update(instance).set(change).where(eq(instance.id, 1)).run();
}

/** Returns the key of the addresses of preview pictures. */
export function previewKey(db: Db): string {
  const { preview_key } = readSettings(db);
  if (preview_key === null) throw new Error('the settings hold no key for previews');
  return preview_key;
}

/** Returns the address that an earlier run has learned; null if there is none. */
export function keptAddress(db: Db): string | null {
  return only(db).get()?.learned_address ?? null;
}

export function keepAddress(tx: Tx, learned_address: string): void {
  tx.orm.update(instance).set({ learned_address }).where(eq(instance.id, 1)).run();
}

/** Returns how many bytes an account may upload in 24 hours; 0 for any number. */
export function uploadLimit({ db, config }: App): number {
  return readSettings(db).max_upload_per_day ?? config.UPLOAD_MEGABYTES_PER_DAY * 1024 * 1024;
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

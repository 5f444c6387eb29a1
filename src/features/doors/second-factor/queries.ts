// SQL of the secrets of authenticator apps and of backup codes.
import { and, eq } from 'drizzle-orm';
import { rowBy, type Db, type Tx } from '../../../db/open.ts';
import { backup_codes, second_factors } from '../../../db/schema/doors.ts';

export type FactorRow = typeof second_factors.$inferSelect;

export const findFactor = rowBy(second_factors, second_factors.user_id);

/** Keeps a secret that no code has proved yet, in the place of an older one. */
export function putFactor(tx: Tx, user_id: string, secret: string): void {
  const fresh = { secret, enabled_at: null, last_step: 0 };
  tx.orm
    .insert(second_factors)
    .values({ user_id, ...fresh })
    .onConflictDoUpdate({ target: second_factors.user_id, set: fresh })
    .run();
}

export function updateFactor(tx: Tx, user_id: string, change: Partial<FactorRow>): void {
  tx.orm.update(second_factors).set(change).where(eq(second_factors.user_id, user_id)).run();
}

/** Deletes the secret and the backup codes of an account. */
export function deleteFactor(tx: Tx, user_id: string): void {
  tx.orm.delete(second_factors).where(eq(second_factors.user_id, user_id)).run();
  deleteBackupCodes(tx, user_id);
}

export function insertBackupCodes(tx: Tx, user_id: string, hashes: readonly string[]): void {
  tx.orm
    .insert(backup_codes)
    .values(hashes.map((hash) => ({ user_id, hash })))
    .run();
}

export function deleteBackupCodes(tx: Tx, user_id: string): void {
  tx.orm.delete(backup_codes).where(eq(backup_codes.user_id, user_id)).run();
}

/** Deletes a backup code; tells whether there was such a one. */
export function takeBackupCode(tx: Tx, user_id: string, hash: string): boolean {
  const taken = tx.orm
    .delete(backup_codes)
    .where(and(eq(backup_codes.user_id, user_id), eq(backup_codes.hash, hash)))
    .returning({ hash: backup_codes.hash })
    .all();
  return taken.length > 0;
}

/** Returns the secrets of the next accounts, by id, that have two-factor login on. */
export function secretsAfter(db: Db, user_id: string, limit: number) {
  return db.sqlite
    .rows(
      { user_id: 'text', secret: 'text' },
      `SELECT user_id, secret FROM second_factors
        WHERE user_id > ? AND enabled_at IS NOT NULL ORDER BY user_id LIMIT ?`,
    )
    .all(user_id, limit);
}

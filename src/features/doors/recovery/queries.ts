// SQL of recovery codes: at most one of each kind for an account.
import { and, eq, inArray } from 'drizzle-orm';
import type { Db, Tx } from '../../../db/open.ts';
import { recovery_codes } from '../../../db/schema/doors.ts';

export type CodeRow = typeof recovery_codes.$inferSelect;
/** `own`: the account keeps it until it is used; `admin`: given by an admin, for a day. */
export type CodeKind = CodeRow['kind'];

/** Returns the account's codes, also those whose time is over. */
export function codesOf({ orm }: Db, user_id: string): CodeRow[] {
  return orm.select().from(recovery_codes).where(eq(recovery_codes.user_id, user_id)).all();
}

/** Keeps a code in the place of the account's older one of that kind. */
export function putCode(tx: Tx, row: CodeRow): void {
  const { hash, created_at, expires_at } = row;
  tx.orm
    .insert(recovery_codes)
    .values(row)
    .onConflictDoUpdate({
      target: [recovery_codes.user_id, recovery_codes.kind],
      set: { hash, created_at, expires_at },
    })
    .run();
}

/** Deletes the account's codes of these kinds. */
export function deleteCodes(tx: Tx, user_id: string, kinds: readonly CodeKind[]): void {
  tx.orm
    .delete(recovery_codes)
    .where(and(eq(recovery_codes.user_id, user_id), inArray(recovery_codes.kind, [...kinds])))
    .run();
}

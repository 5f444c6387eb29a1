// SQL of tokens, and of the first account.
import { and, asc, eq, lte, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/open.ts';
import { instance, tokens } from '../../db/schema/people.ts';

/** Marks that the first account was made; true for the one caller who did it. */
export function claimAdmin(tx: Tx): boolean {
  const claimed = tx.orm
    .update(instance)
    .set({ admin_claimed: true })
    .where(and(eq(instance.id, 1), eq(instance.admin_claimed, false)))
    .returning({ id: instance.id })
    .all();
  return claimed.length > 0;
}

export function insertToken(tx: Tx, row: Omit<typeof tokens.$inferInsert, 'n'>): void {
  const n = sql<number>`(select coalesce(max(n), 0) + 1 from tokens where user_id = ${row.user_id})`;
  tx.orm
    .insert(tokens)
    .values({ ...row, n })
    .run();
}

/** Hashes of an account's tokens that have expired. */
export function expiredTokens(db: Db, user_id: string, now: number): string[] {
  return db.orm
    .select({ hash: tokens.hash })
    .from(tokens)
    .where(and(eq(tokens.user_id, user_id), lte(tokens.expires_at, now)))
    .all()
    .map(({ hash }) => hash);
}

/** Hashes of an account's tokens, oldest first. */
export function tokensOf(db: Db, user_id: string): string[] {
  return db.orm
    .select({ hash: tokens.hash })
    .from(tokens)
    .where(eq(tokens.user_id, user_id))
    .orderBy(asc(tokens.n))
    .all()
    .map(({ hash }) => hash);
}

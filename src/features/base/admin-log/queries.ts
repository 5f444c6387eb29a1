// SQL of the log of what instance admins did.
import { and, desc, eq, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../../db/open.ts';
import { admin_entries } from '../../../db/schema/log.ts';
import { firstYear_ms, lastOld } from '../../../lib/old-entries.ts';
import type { AdminLogQuery } from './schema.ts';

const columns = {
  id: sql<string>`${admin_entries.id}`,
  user_id: admin_entries.user_id,
  action_type: admin_entries.action_type,
  target_type: admin_entries.target_type,
  target_id: admin_entries.target_id,
  reason: admin_entries.reason,
  changes: admin_entries.changes,
  made_at: admin_entries.made_at,
};

export type EntryRow = Omit<typeof admin_entries.$inferSelect, 'n' | 'id'> & { id: string };

export function insertEntry(tx: Tx, { id, ...row }: EntryRow): void {
  tx.orm
    .insert(admin_entries)
    .values({ ...row, n: id })
    .run();
}

/** Returns entries, the newest first. */
export function entriesOf(
  db: Db,
  { limit, before, user_id, action_type }: AdminLogQuery,
): EntryRow[] {
  const { n } = admin_entries;
  return db.orm
    .select(columns)
    .from(admin_entries)
    .where(
      and(
        user_id === undefined ? undefined : eq(admin_entries.user_id, user_id),
        action_type === undefined ? undefined : eq(admin_entries.action_type, action_type),
        before === undefined ? sql`${n} > 0` : sql`${n} < cast(${before} as integer)`,
      ),
    )
    .orderBy(desc(n))
    .limit(limit)
    .all();
}

const made = 'SELECT id, made_at AS made_ms FROM admin_entries';

/** Removes the oldest entries, at most `slice`, if they were made before a time; true if it did. */
export function deleteActs(
  tx: Tx,
  { before_ms, now_ms }: { before_ms: number; now_ms: number },
  slice: number,
): boolean {
  const shape = { id: 'text', made_ms: 'number' } as const;
  const oldest = tx.sqlite.rows(shape, `${made} WHERE n > 0 ORDER BY n LIMIT ?`).all(slice);
  const last = lastOld(oldest, before_ms, now_ms, () =>
    tx.sqlite
      .rows(shape, `${made} WHERE n > 0 AND made_ms BETWEEN ? AND ? ORDER BY n LIMIT 1`)
      .get(firstYear_ms, now_ms),
  );
  if (last === undefined) return false;
  tx.sqlite.query('DELETE FROM admin_entries WHERE n <= cast(? AS integer)').run(last.id);
  return true;
}

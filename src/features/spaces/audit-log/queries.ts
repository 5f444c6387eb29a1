// SQL of the audit log.
import { and, desc, eq, sql } from 'drizzle-orm';
import { viewableIn } from '../../../access/viewable.ts';
import type { Db, Tx } from '../../../db/open.ts';
import { snowflakeTime } from '../../../lib/snowflake.ts';
import { audit_entries } from '../../../db/schema/log.ts';

const columns = {
  id: sql<string>`${audit_entries.id}`,
  space_id: audit_entries.space_id,
  user_id: audit_entries.user_id,
  action_type: audit_entries.action_type,
  target_type: audit_entries.target_type,
  target_id: audit_entries.target_id,
  reason: audit_entries.reason,
  changes: audit_entries.changes,
  channel_id: audit_entries.channel_id,
  made_at: audit_entries.made_at,
};

export type EntryRow = Omit<typeof audit_entries.$inferSelect, 'n' | 'id'> & { id: string };

export function insertEntry(tx: Tx, { id, ...rest }: EntryRow): void {
  tx.orm
    .insert(audit_entries)
    .values({ ...rest, n: id })
    .run();
}

/** The filters of a page of entries; undefined: no filter. */
export interface Which {
  before: string | undefined;
  user_id: string | undefined;
  action_type: string | undefined;
  /** The classes that the reader may view, those of deleted channels included. */
  classes: readonly number[];
}

/** Returns entries of a space, the newest first. */
export function entriesOf(db: Db, space_id: string, which: Which, limit: number): EntryRow[] {
  const { before, user_id, action_type, classes } = which;
  const { n } = audit_entries;
  return db.orm
    .select(columns)
    .from(audit_entries)
    .where(
      and(
        eq(audit_entries.space_id, space_id),
        user_id === undefined ? undefined : eq(audit_entries.user_id, user_id),
        action_type === undefined ? undefined : eq(audit_entries.action_type, action_type),
        before === undefined ? undefined : sql`${n} < cast(${before} as integer)`,
        viewableIn(audit_entries.channel_id, classes),
      ),
    )
    .orderBy(desc(n))
    .limit(limit)
    .all();
}

/** When an entry was made, in Unix milliseconds. */
export function madeAt({ id, made_at }: Pick<EntryRow, 'id' | 'made_at'>): number {
  return made_at ?? snowflakeTime(id);
}

/** There was no Accord Server before. */
const firstYear_ms = Date.UTC(2025, 0, 1);

/**
 * Removes the oldest entries, at most `slice`, if they were made before a time; returns their
 * channel ids. What a wrong clock has dated, in the future or long ago, goes with the next entry
 * that has a date: an entry is older than those after it, and younger than those before.
 */
export function deleteEntries(
  tx: Tx,
  { before_ms, now_ms }: { before_ms: number; now_ms: number },
  slice: number,
): (string | null)[] {
  const oldest = tx.sqlite
    .rows(
      { id: 'text', made_at: 'number?' },
      'SELECT id, made_at FROM audit_entries WHERE n > 0 ORDER BY n LIMIT ?',
    )
    .all(slice);
  let last: string | null = null;
  for (const entry of oldest) {
    const made_ms = madeAt(entry);
    if (made_ms < firstYear_ms || made_ms > now_ms) continue;
    if (made_ms >= before_ms) break;
    last = entry.id;
  }
  if (last === null) return [];
  return tx.sqlite
    .rows(
      { channel_id: 'text?' },
      'DELETE FROM audit_entries WHERE n <= cast(? AS integer) RETURNING channel_id',
    )
    .all(last)
    .map(({ channel_id }) => channel_id);
}

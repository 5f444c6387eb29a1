// SQL of the audit log.
import { and, desc, eq, sql } from 'drizzle-orm';
import { viewableIn } from '../../../access/viewable.ts';
import type { Db, Tx } from '../../../db/open.ts';
import { epoch_ms, snowflakeTime } from '../../../lib/snowflake.ts';
import { firstYear_ms, lastOld } from '../../../lib/old-entries.ts';
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

const written = Object.keys(columns).filter((name) => name !== 'id');

/** Writes entries in one statement. */
export function insertEntries(tx: Tx, rows: readonly EntryRow[]): void {
  if (rows.length === 0) return;
  const fields = written.map((name) =>
    name === 'changes' ? "nullif(value -> 'changes', 'null')" : `value ->> '${name}'`,
  );
  tx.sqlite
    .query(
      `INSERT INTO audit_entries (n, ${written.join(', ')})
       SELECT cast(value ->> 'id' AS integer), ${fields.join(', ')} FROM json_each(?)`,
    )
    .run(JSON.stringify(rows));
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

const made = `SELECT id, coalesce(made_at, (n >> 22) + ${epoch_ms}) AS made_ms FROM audit_entries`;

/**
 * Removes the oldest entries, at most `slice`, if they were made before a time; returns their
 * channel ids.
 */
export function deleteEntries(
  tx: Tx,
  { before_ms, now_ms }: { before_ms: number; now_ms: number },
  slice: number,
): (string | null)[] {
  const shape = { id: 'text', made_ms: 'number' } as const;
  const oldest = tx.sqlite.rows(shape, `${made} WHERE n > 0 ORDER BY n LIMIT ?`).all(slice);
  const last = lastOld(oldest, before_ms, now_ms, () =>
    tx.sqlite
      .rows(shape, `${made} WHERE n > 0 AND made_ms BETWEEN ? AND ? ORDER BY n LIMIT 1`)
      .get(firstYear_ms, now_ms),
  );
  if (last === undefined) return [];
  return tx.sqlite
    .rows(
      { channel_id: 'text?' },
      'DELETE FROM audit_entries WHERE n <= cast(? AS integer) RETURNING channel_id',
    )
    .all(last.id)
    .map(({ channel_id }) => channel_id);
}

// SQL of the audit log: rows in, rows out.
import { and, desc, eq, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/open.ts';
import { audit_entries, visibility_classes } from '../../db/schema.ts';

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
};

export type EntryRow = Omit<typeof audit_entries.$inferSelect, 'n' | 'id' | 'visibility'> & {
  id: string;
};

export function insertEntry(tx: Tx, row: EntryRow, visibility: string | null): void {
  const { id, ...rest } = row;
  tx.orm
    .insert(audit_entries)
    .values({ ...rest, n: id, visibility })
    .run();
}

/** The signature of a visibility class. */
export function signatureOf(db: Db, class_id: number): string | null {
  const row = db.orm
    .select({ signature: visibility_classes.signature })
    .from(visibility_classes)
    .where(eq(visibility_classes.id, class_id))
    .get();
  return row?.signature ?? null;
}

/** The signatures of a space's deleted channels, each once; found by leaps through their index. */
export function signaturesIn(db: Db, space_id: string): string[] {
  return db.sqlite
    .query<{ signature: string }, [string]>(
      `WITH RECURSIVE known(signature) AS (
         SELECT min(visibility) FROM audit_entries WHERE space_id = ?1 AND visibility IS NOT NULL
         UNION ALL
         SELECT (SELECT min(visibility) FROM audit_entries
                  WHERE space_id = ?1 AND visibility IS NOT NULL AND visibility > known.signature)
           FROM known WHERE known.signature IS NOT NULL
       ) SELECT signature FROM known WHERE signature IS NOT NULL`,
    )
    .all(space_id)
    .map(({ signature }) => signature);
}

/** What a page of entries holds; undefined: no matter what. */
export interface Which {
  before: string | undefined;
  user_id: string | undefined;
  action_type: string | undefined;
  /** The channels that the reader views, and the signatures of deleted ones that the reader would view. */
  channel_ids: readonly string[];
  signatures: readonly string[];
}

/** Entries of a space, the newest first. */
export function entriesOf(db: Db, space_id: string, which: Which, limit: number): EntryRow[] {
  const { before, user_id, action_type, channel_ids, signatures } = which;
  const { n, channel_id, visibility } = audit_entries;
  const gone = sql`select 1 from audit_entries gone
    where gone.channel_id = audit_entries.channel_id and gone.visibility is not null
      and gone.visibility in (select value from json_each(${JSON.stringify(signatures)}))`;
  return db.orm
    .select(columns)
    .from(audit_entries)
    .where(
      and(
        eq(audit_entries.space_id, space_id),
        user_id === undefined ? undefined : eq(audit_entries.user_id, user_id),
        action_type === undefined ? undefined : eq(audit_entries.action_type, action_type),
        before === undefined ? undefined : sql`${n} < cast(${before} as integer)`,
        sql`(coalesce(${channel_id}, ${visibility}) is null
          or ${channel_id} in (select value from json_each(${JSON.stringify(channel_ids)}))
          or exists (${gone}))`,
      ),
    )
    .orderBy(desc(n))
    .limit(limit)
    .all();
}

/** Removes entries from before an id, at most `slice`; whether there may be more. */
export function deleteEntries(tx: Tx, before_id: string, slice: number): boolean {
  const { changes } = tx.sqlite
    .query(
      `DELETE FROM audit_entries WHERE n IN
         (SELECT n FROM audit_entries WHERE n < cast(? AS integer) ORDER BY n LIMIT ?)`,
    )
    .run(before_id, slice);
  return changes === slice;
}

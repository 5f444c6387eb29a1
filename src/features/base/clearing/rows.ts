// Removes the rows that belong to a deleted space, channel or account, a slice in each turn.
import { getTableConfig, type SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { Turn } from '../../../app.ts';
import type { Tx } from '../../../db/open.ts';
import { clearings } from '../../../db/schema/work.ts';
import { removeImage } from '../files/images.ts';
import { featuresOf, type Holder, type Keep } from '../../feature.ts';

/** The maximum number of rows that one turn removes. */
export const sliceRows = 500;

/** Returns a `Keep` of the rows whose `column` names the holder, and of the files in `image`. */
export function rowsWith(column: SQLiteColumn, image?: SQLiteColumn): Keep {
  let statement: string | undefined;
  return ({ tx }, id) => {
    statement ??= deletionOf(column, image);
    const gone = tx.sqlite.rows({ image: 'text?' }, statement).all(id, sliceRows);
    for (const row of gone) removeImage(tx, row.image);
    return gone.length === 0;
  };
}

function deletionOf(column: SQLiteColumn, image: SQLiteColumn | undefined): string {
  const { name: table, columns, primaryKeys } = getTableConfig(column.table);
  const parts = primaryKeys[0]?.columns ?? columns.filter(({ primary }) => primary);
  const key = parts.map(({ name }) => name).join(', ');
  // By key alone: with the column besides, SQLite would look at all rows of the holder in each slice.
  return `DELETE FROM ${table} WHERE (${key}) IN
      (SELECT ${key} FROM ${table} WHERE ${column.name} = ?1 LIMIT ?2)
    RETURNING ${image?.name ?? 'NULL'} AS image`;
}

/** Removes a slice of a holder's rows, those of later features first; true if none were left. */
export function clearKept(turn: Turn, holder: Holder, id: string): boolean {
  return featuresOf(turn.app)
    .toReversed()
    .every(({ keeps }) => keeps?.[holder]?.every((keep) => keep(turn, id)) ?? true);
}

/** Removes a slice of each feature's rows of a holder, in the turn that deletes it. */
export function clearFirst(turn: Turn, holder: Holder, id: string): void {
  for (const { keeps } of featuresOf(turn.app).toReversed()) {
    for (const keep of keeps?.[holder] ?? []) keep(turn, id);
  }
}

/** Adds work for later turns, for the feature that clears this kind. */
export function clearLater(
  tx: Tx,
  kind: string,
  target_id: string,
  channel_id: string | null = null,
): void {
  tx.orm.insert(clearings).values({ kind, target_id, channel_id }).run();
}

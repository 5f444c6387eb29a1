// What goes with a space or a channel: the rows that features keep of it, a slice in each turn.
import { getTableConfig, type SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { Turn } from '../../../app.ts';
import type { Tx } from '../../../db/open.ts';
import { clearings } from '../../../db/schema/work.ts';
import { removeImage } from '../files/images.ts';
import { featuresOf, type Holder, type Keep } from '../../feature.ts';

/** How many rows a turn removes at most. */
export const sliceRows = 500;

/** The rows of a table that go with what the column names, and the file of an image that each of them has. */
export function rowsWith(column: SQLiteColumn, image?: SQLiteColumn): Keep {
  const { name: table, columns, primaryKeys } = getTableConfig(column.table);
  const parts = primaryKeys[0]?.columns ?? columns.filter(({ primary }) => primary);
  const key = parts.map(({ name }) => name).join(', ');
  const statement = `DELETE FROM ${table} WHERE ${column.name} = ?1 AND (${key}) IN
      (SELECT ${key} FROM ${table} WHERE ${column.name} = ?1 LIMIT ?2)
    RETURNING ${image?.name ?? 'NULL'} AS image`;
  return ({ tx }, id) => {
    const gone = tx.sqlite.rows({ image: 'text?' }, statement).all(id, sliceRows);
    for (const row of gone) removeImage(tx, row.image);
    return gone.length === 0;
  };
}

/** Removes a slice of what hangs on a space or channel; true when nothing was left. What refers to others goes first. */
export function clearKept(turn: Turn, holder: Holder, id: string): boolean {
  return featuresOf(turn.app)
    .toReversed()
    .every(({ keeps }) => keeps?.[holder]?.every((keep) => keep(turn, id)) ?? true);
}

/** Notes work for later turns; the feature that clears this kind does it. */
export function clearLater(
  tx: Tx,
  kind: string,
  target_id: string,
  channel_id: string | null = null,
): void {
  tx.orm.insert(clearings).values({ kind, target_id, channel_id }).run();
}

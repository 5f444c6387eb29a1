// Sets one column of many rows, each to a value of its own, in one statement.
import { getTableName } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { Tx } from './open.ts';

/** Sets the column in the rows with these ids, in its table; ids without a row are passed over. */
export function setEach(
  tx: Tx,
  column: SQLiteColumn,
  rows: readonly { id: string; value: number }[],
): void {
  if (rows.length === 0) return;
  const table = getTableName(column.table);
  tx.sqlite
    .query(
      `UPDATE ${table} SET ${column.name} = given.value
         FROM (SELECT value ->> 'id' AS id, value ->> 'value' AS value FROM json_each(?)) AS given
        WHERE ${table}.id = given.id`,
    )
    .run(JSON.stringify(rows));
}

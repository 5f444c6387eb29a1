// Sets one column of many rows, each to a value of its own, in one statement.
import { getTableName } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';

/**
 * Returns the statement that sets the column in rows of its table. Its parameter is a JSON list of
 * `{ id, value }`; ids without a row are passed over.
 */
export function settingEach(column: SQLiteColumn): string {
  const table = getTableName(column.table);
  return `UPDATE ${table} SET ${column.name} = given.value
    FROM (SELECT value ->> 'id' AS id, value ->> 'value' AS value FROM json_each(?)) AS given
   WHERE ${table}.id = given.id`;
}

// Derives placeholders and defaults from a table's columns, so that no other list repeats them.
import { getTableColumns, sql, type Placeholder } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';

/** Returns a placeholder for each column, with the column's name. */
export function placeholders<C extends object>(columns: C): { [K in keyof C]: Placeholder } {
  const named = Object.keys(columns).map((name) => [name, sql.placeholder(name)]);
  return Object.fromEntries(named) as { [K in keyof C]: Placeholder };
}

/** The columns that an INSERT may leave out, with the types they have in a row. */
export type Defaults<T extends SQLiteTable> = {
  [
    K in keyof T['$inferInsert'] & keyof T['$inferSelect'] as undefined extends T['$inferInsert'][K]
      ? K
      : never
  ]: T['$inferSelect'][K];
};

/** Returns the values of those columns: their default, or null. */
export function defaultsOf<T extends SQLiteTable>(table: T): Defaults<T> {
  const given = Object.entries(getTableColumns(table)).filter(
    ([, { notNull, hasDefault, generated }]) => !generated && (hasDefault || !notNull),
  );
  const values = given.map(([name, column]) => [name, column.default ?? null]);
  return Object.fromEntries(values) as Defaults<T>;
}

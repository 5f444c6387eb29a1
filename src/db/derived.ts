// Derives placeholders, defaults and INSERTs from a table's columns, so that no other list repeats them.
import { getTableColumns, getTableName, sql, type Placeholder } from 'drizzle-orm';
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

type Bound = string | number | null;

/** A row with all columns of a table, but those that SQLite computes. */
export type WholeRow<T extends SQLiteTable> = {
  [K in keyof T['$inferInsert']]-?: Exclude<T['$inferInsert'][K], undefined>;
};

/**
 * Returns an INSERT of whole rows, and what to bind to it, for tables that are written all the time:
 * the statement that Drizzle makes takes twice as long.
 */
export function insertOf<T extends SQLiteTable>(table: T) {
  const columns = Object.entries(getTableColumns(table)).filter(([, { generated }]) => !generated);
  const names = columns.map(([, { name }]) => name).join(', ');
  const places = columns.map(() => '?').join(', ');
  return {
    statement: `INSERT INTO ${getTableName(table)} (${names}) VALUES (${places})`,
    bound(row: WholeRow<T>): Bound[] {
      const bound: Bound[] = [];
      for (const [key, column] of columns) {
        const value = (row as Readonly<Record<string, unknown>>)[key];
        if (value === undefined) throw new Error(`a row of ${getTableName(table)} has no ${key}`);
        bound.push(value === null ? null : (column.mapToDriverValue(value) as Bound));
      }
      return bound;
    },
  };
}

// Finds the newest id in the database: new ids must be above it.
import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core';
import { compareSnowflakes } from '../lib/snowflake.ts';
import type { Db } from './open.ts';

/** Returns the newest id in the keys of these tables (text or number); "0" if there is none. */
export function newestId(db: Db, tables: readonly SQLiteTable[]): string {
  let newest = '0';
  for (const table of tables) {
    const { name, columns } = getTableConfig(table);
    const key = columns.find(({ primary }) => primary)?.name ?? 'rowid';
    const id = db.sqlite
      .rows(
        { id: 'text?' },
        key === 'id'
          ? `SELECT id FROM ${name} ORDER BY length(id) DESC, id DESC LIMIT 1`
          : `SELECT cast(max(${key}) AS text) AS id FROM ${name}`,
      )
      .get()?.id;
    if (id && compareSnowflakes(id, newest) > 0) newest = id;
  }
  return newest;
}

const atStart = new WeakMap<Db, string>();

/**
 * Returns the newest id that the database had when it was asked for the first time, which the start
 * does before anything is written. It is looked for once: that takes a while if there are many rows.
 */
export function newestIdAtStart(db: Db, tables: readonly SQLiteTable[]): string {
  const newest = atStart.get(db) ?? newestId(db, tables);
  atStart.set(db, newest);
  return newest;
}

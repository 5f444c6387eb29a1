// Finds the newest id in the database: new ids must be above it.
import { getTableColumns, getTableName } from 'drizzle-orm';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { compareSnowflakes, firstSnowflakeAt, snowflakeTime } from '../lib/snowflake.ts';
import type { Db } from './open.ts';

/**
 * Returns the newest id in the keys of these tables (text or number); "0" if there is none. It takes
 * a while if there are many rows.
 */
export function newestId(db: Db, tables: readonly SQLiteTable[]): string {
  let newest = '0';
  for (const table of tables) {
    const name = getTableName(table);
    const key = columnsOf(table).find(({ primary }) => primary)?.name ?? 'rowid';
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

const columnsOf = (table: SQLiteTable): SQLiteColumn[] => Object.values(getTableColumns(table));

/** When the newest row from before then was written, and the oldest id after it; null for none. */
export interface Around {
  last_ms: number | null;
  next: string | null;
}

/** Looks around a time (Unix milliseconds) in the tables that keep their ids as numbers. */
export function idsAround(db: Db, tables: readonly SQLiteTable[], time_ms: number): Around {
  let last = '0';
  const around: Around = { last_ms: null, next: null };
  const bound = firstSnowflakeAt(time_ms);
  for (const table of tables) {
    const [name, columns] = [getTableName(table), columnsOf(table)];
    const key = columns.find(({ primary }) => primary)?.name;
    if (key === undefined || key === 'id') continue;
    const shape = { id: 'text', at: 'number?' } as const;
    const beside = columns.find((column) => /^(sent|made)_at$/.test(column.name))?.name ?? 'NULL';
    const find = (end: string) =>
      db.sqlite
        .rows(
          shape,
          `SELECT cast(${key} AS text) AS id, ${beside} AS at FROM ${name}
            WHERE ${key} ${end} LIMIT 1`,
        )
        .get(bound);
    const before = find(`< cast(? AS integer) ORDER BY ${key} DESC`);
    if (before !== null && compareSnowflakes(before.id, last) > 0) {
      last = before.id;
      around.last_ms = before.at ?? snowflakeTime(before.id);
    }
    const after = find(`>= cast(? AS integer) ORDER BY ${key}`);
    if (after !== null && (around.next === null || compareSnowflakes(after.id, around.next) < 0)) {
      around.next = after.id;
    }
  }
  return around;
}

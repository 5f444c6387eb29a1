// Finds the newest id in the database: new ids must be above it.
import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core';
import { compareSnowflakes, firstSnowflakeAt } from '../lib/snowflake.ts';
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

/** The newest id that was made by then, and the oldest one after it; null if there is none. */
export interface Around {
  last: string | null;
  next: string | null;
}

/** Looks for ids around a time (Unix milliseconds) in the tables that keep them as numbers. */
export function idsAround(db: Db, tables: readonly SQLiteTable[], time_ms: number): Around {
  const around: Around = { last: null, next: null };
  const bound = firstSnowflakeAt(time_ms);
  for (const table of tables) {
    const { name, columns } = getTableConfig(table);
    const key = columns.find(({ primary }) => primary)?.name;
    if (key === undefined || key === 'id') continue;
    const find = (which: string) =>
      db.sqlite.rows({ id: 'text?' }, `SELECT cast(${which} cast(? AS integer)`).get(bound)?.id ??
      null;
    const last = find(`max(${key}) AS text) AS id FROM ${name} WHERE ${key} <`);
    const next = find(`min(${key}) AS text) AS id FROM ${name} WHERE ${key} >=`);
    around.last = furthest(around.last, last, 1);
    around.next = furthest(around.next, next, -1);
  }
  return around;
}

/** The greater id, or the smaller one where `sign` is -1. */
function furthest(a: string | null, b: string | null, sign: 1 | -1): string | null {
  if (a === null || b === null) return a ?? b;
  return sign * compareSnowflakes(a, b) >= 0 ? a : b;
}

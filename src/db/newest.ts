// The newest id in the database, below which no new one may lie.
import { compareSnowflakes } from '../lib/snowflake.ts';
import type { Db } from './open.ts';

const tables = ['users', 'spaces', 'channels', 'roles', 'emojis', 'gateway_sessions'];

/** "0" for an empty database. */
export function newestId(db: Db): string {
  let newest = '0';
  const sources = tables.map(
    (table) => `SELECT id FROM ${table} ORDER BY length(id) DESC, id DESC LIMIT 1`,
  );
  sources.push('SELECT cast(max(n) AS text) AS id FROM messages');
  for (const source of sources) {
    const id = db.sqlite.query<{ id: string | null }, []>(source).get()?.id;
    if (id && compareSnowflakes(id, newest) > 0) newest = id;
  }
  return newest;
}

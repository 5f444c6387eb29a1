// The newest id in the database, below which no new one may lie. Files have theirs before their message.
import { compareSnowflakes } from '../lib/snowflake.ts';
import type { Db } from './open.ts';

const tables = [
  'users',
  'spaces',
  'channels',
  'roles',
  'emojis',
  'applications',
  'plugins',
  'gateway_sessions',
];
/** Those whose key is the id as a number. */
const numbered = ['messages', 'audit_entries'];

/** "0" for an empty database. */
export function newestId(db: Db): string {
  let newest = '0';
  const sources = tables.map(
    (table) => `SELECT id FROM ${table} ORDER BY length(id) DESC, id DESC LIMIT 1`,
  );
  sources.push(...numbered.map((table) => `SELECT cast(max(n) AS text) AS id FROM ${table}`));
  for (const source of sources) {
    const id = db.sqlite.query<{ id: string | null }, []>(source).get()?.id;
    if (id && compareSnowflakes(id, newest) > 0) newest = id;
  }
  return newest;
}

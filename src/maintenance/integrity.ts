// Whether a database is whole: its pages and indexes, and that no row points nowhere.
import type { PlannedDatabase } from '../db/planned.ts';
import { reasonOf } from '../lib/reason.ts';

/** At most so many complaints are read of each kind. */
const most = 5;

/**
 * Returns what is wrong, at most a few lines; none if all is well. With `pause`, each table is
 * checked for itself, so that no read lasts long; then pages that belong to none are not seen.
 */
export async function damageIn(
  sqlite: PlannedDatabase,
  pause: null | ((table: string) => Promise<void>),
): Promise<string[]> {
  if (pause === null) return [...pagesOf(sqlite, ''), ...rowsOf(sqlite, '')];
  const tables = sqlite
    .rows({ name: 'text' }, "SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all();
  const found: string[] = [];
  for (const { name } of tables) {
    await pause(name);
    found.push(...pagesOf(sqlite, name), ...rowsOf(sqlite, name));
  }
  return found;
}

const of = (table: string) => (table === '' ? '' : `("${table.replaceAll('"', '""')}")`);

function pagesOf(sqlite: PlannedDatabase, table: string): string[] {
  try {
    const found = sqlite.rows({ integrity_check: 'text' }, `PRAGMA integrity_check${of(table)}`);
    const lines = found.all().map(({ integrity_check }) => integrity_check);
    return lines
      .filter((line) => line !== 'ok')
      .slice(0, most)
      .map((line) => line.replaceAll('\n', ' '));
  } catch (error) {
    return [reasonOf(error)];
  }
}

function rowsOf(sqlite: PlannedDatabase, table: string): string[] {
  try {
    const shape = { table: 'text', rowid: 'number?', parent: 'text' } as const;
    const found = sqlite.rows(shape, `PRAGMA foreign_key_check${of(table)}`).all();
    return found
      .slice(0, most)
      .map((row) => `row ${row.rowid ?? '?'} of ${row.table} points to no row of ${row.parent}`);
  } catch (error) {
    return [reasonOf(error)];
  }
}

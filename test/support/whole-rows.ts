// Rows as text with every digit of their numbers: an id that a column keeps as a number is beyond 2^53.
import type { Database } from 'bun:sqlite';

const written = (value: unknown) =>
  typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? 'null');

/** All rows of a table, each as text. */
export function wholeRows(sqlite: Database, table: string): string[] {
  // Not the kept statement of that text, which others read plain numbers by.
  const statement = sqlite.prepare(`SELECT * FROM "${table}"`).safeIntegers(true);
  return statement.values().map((row) => `[${row.map(written).join(',')}]`);
}

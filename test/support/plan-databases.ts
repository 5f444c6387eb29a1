// Databases that differ in what is in them, and in who has analysed them, to compare the plans in them.
import { Database } from 'bun:sqlite';
import { join } from 'node:path';
import { openDatabase } from '../../src/db/open.ts';
import type { PlannedDatabase } from '../../src/db/planned.ts';
import { Folder } from './folder.ts';
import { hideSomething } from './plans.ts';
import { tables } from './tables.ts';
import { getTableConfig, SQLiteBaseInteger, type SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { createNotes } from './notes/table.ts';

/** Rows of these hide messages from the views, which would be others then. */
const isWorkList = (table: string) => table.startsWith('hidden_');

const oneIn = (n: number, value: string, otherwise: string) =>
  `iif(abs(random() % ${n}) = 0, ${value}, ${otherwise})`;

/** Columns whose values say what a row is; most rows are there, and every fourth channel is a conversation. */
const meant: Record<string, string> = {
  'channels.deleted_at': oneIn(10, '1', 'NULL'),
  'channels.space_id': 'iif(i % 4 = 0, NULL, cast(i % 40 AS text))',
  'channels.type': "iif(i % 4 > 0, 'text', iif(i % 8 = 0, 'dm', 'group_dm'))",
  'spaces.deleted_at': oneIn(10, '1', 'NULL'),
  // Three people in each; the channels that are conversations.
  'conversation_people.channel_id': 'cast(4 * (1 + i / 3) AS text)',
  'conversation_people.closed': oneIn(3, '1', '0'),
  'conversation_people.left_at': oneIn(10, '1', 'NULL'),
  'relationships.type': '1 + abs(random() % 4)',
  'read_states.thread_id': oneIn(5, 'cast(i AS text)', "''"),
  'message_mentions.thread_id': oneIn(5, 'cast(i AS text)', "''"),
};

/** A value for row `i`, which other rows have as well, unless the column is a key of its own. */
function valueOf(table: string, column: SQLiteColumn, distinct: number): string {
  const known = meant[`${table}.${column.name}`];
  if (known !== undefined) return known;
  const value = column.primary ? 'i' : `abs(random() % ${distinct})`;
  return column instanceof SQLiteBaseInteger ? value : `cast(${value} AS text)`;
}

/** Puts about so many rows into each table; what they hold means little. */
function fill(sqlite: Database, count: number): void {
  sqlite.run('PRAGMA foreign_keys = OFF');
  sqlite.run('BEGIN');
  for (const table of tables) {
    const { name, columns } = getTableConfig(table);
    if (isWorkList(name)) continue;
    const stored = columns.filter(({ generated }) => generated === undefined);
    const values = stored.map((column) => valueOf(name, column, Math.ceil(count / 10)));
    sqlite.run(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
       INSERT OR IGNORE INTO ${name} (${stored.map((column) => column.name).join(', ')})
       SELECT ${values.join(', ')} FROM n`,
    );
  }
  sqlite.run('COMMIT');
}

/** What another program has gathered, as `sqlite3 accord.db ANALYZE` does. */
export function analyse(path: string): void {
  using other = new Database(path);
  other.run('ANALYZE');
}

/** Databases by what is in them, with nothing hidden, or with something. */
export class PlanDatabases implements Disposable {
  readonly #folder = new Folder();
  readonly all: { name: string; path: string; sqlite: PlannedDatabase }[] = [];

  constructor(isAnyHidden: boolean) {
    for (const [name, count] of Object.entries({ empty: 0, small: 12, large: 3_000 })) {
      const path = join(this.#folder.path, `${name}.db`);
      const { sqlite: before } = openDatabase(path, 'normal');
      before.run(createNotes);
      if (count > 0) fill(before, count);
      before.close();
      if (count > 0) analyse(path);
      const { sqlite } = openDatabase(path, 'normal');
      if (isAnyHidden) hideSomething(sqlite);
      this.all.push({ name, path, sqlite });
    }
  }

  [Symbol.dispose](): void {
    for (const { sqlite } of this.all) sqlite.close();
    this.#folder[Symbol.dispose]();
  }
}

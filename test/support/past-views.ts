// Finds statements that read what is deleted or hidden: those that name a table instead of its view.
import type { Database } from 'bun:sqlite';
import { openDatabase } from '../../src/db/open.ts';
import { createNotes } from './notes/table.ts';

const viewOf: Record<string, string> = {
  spaces: 'live_spaces',
  channels: 'live_channels',
  roles: 'live_roles',
  messages: 'shown_messages',
  reactions: 'shown_reactions',
};

interface Excuse {
  file: string;
  tables: readonly string[];
  because: string;
}

/** Files that write rows of these tables. */
const writers: readonly Excuse[] = [
  { file: 'features/spaces/spaces/queries.ts', tables: ['spaces'], because: 'its own rows' },
  { file: 'features/spaces/channels/queries.ts', tables: ['channels'], because: 'its own rows' },
  { file: 'features/spaces/roles/queries.ts', tables: ['roles'], because: 'its own rows' },
  { file: 'features/talk/reactions/queries.ts', tables: ['reactions'], because: 'its own rows' },
  { file: 'features/talk/messages/queries.ts', tables: ['messages'], because: 'its own rows' },
  {
    file: 'features/talk/messages/authors.ts',
    tables: ['messages'],
    because: 'clears what an account left',
  },
  { file: 'features/talk/messages/reacted.ts', tables: ['reactions'], because: 'clears reactions' },
  { file: 'features/base/clearing/rows.ts', tables: ['roles'], because: 'clears what was deleted' },
];

/** Files that read these tables as they are. */
const readers: readonly Excuse[] = [
  {
    file: 'db/newest.ts',
    tables: ['spaces', 'channels', 'roles', 'messages'],
    because: 'no id comes again, whatever has it',
  },
  { file: 'features/base/files/kinds.ts', tables: ['spaces'], because: 'a row keeps its file' },
  {
    file: 'features/server/pages/census.ts',
    tables: ['messages'],
    because: 'a slice passes over any number of hidden messages',
  },
  {
    file: 'features/talk/messages/authors.ts',
    tables: ['messages', 'reactions'],
    because: 'clears what an account left',
  },
  { file: 'features/talk/messages/removal.ts', tables: ['messages'], because: 'clears replies' },
  {
    file: 'features/talk/read-states/queries.ts',
    tables: ['messages'],
    because: 'a look at the newest few passes over any number of hidden messages',
  },
  {
    file: 'features/talk/messages/tombstones.ts',
    tables: ['messages'],
    because: 'clears answers, and what an account left',
  },
  {
    file: 'features/talk/messages/deleted-accounts.ts',
    tables: ['messages', 'reactions'],
    because: 'clears what an account left',
  },
  { file: 'features/talk/messages/reacted.ts', tables: ['reactions'], because: 'clears reactions' },
  { file: 'features/spaces/channels/queries.ts', tables: ['channels'], because: 'clears channels' },
  { file: 'features/talk/messages/clearing.ts', tables: ['messages'], because: 'clears a channel' },
  { file: 'features/base/clearing/rows.ts', tables: ['roles'], because: 'clears what was deleted' },
];

const written =
  /^\s*(insert(?: or \w+)? into|replace into|update(?: or \w+)?|delete from)\s+["`]?(\w+)["`]?/i;

const databases = new Map<string, Database>();

/** A database in which one table has another name, so that SQLite itself says which statements read it. */
function without(table: string): Database {
  const known = databases.get(table);
  if (known !== undefined) return known;
  const { sqlite } = openDatabase(':memory:', 'full');
  sqlite.run(createNotes);
  sqlite.run('PRAGMA foreign_keys = OFF');
  sqlite.run('PRAGMA legacy_alter_table = ON');
  const views = sqlite
    .query<{ name: string }, []>("SELECT name FROM sqlite_temp_schema WHERE type = 'view'")
    .all();
  for (const { name: view } of views) {
    sqlite.run(`CREATE TEMP TABLE copy AS SELECT * FROM ${view} LIMIT 0`);
    sqlite.run(`DROP VIEW temp.${view}`);
    sqlite.run(`ALTER TABLE copy RENAME TO ${view}`);
  }
  sqlite.run(`ALTER TABLE ${table} RENAME TO elsewhere`);
  databases.set(table, sqlite);
  return sqlite;
}

/** Statements that read a table past its view, or write it, as `table` and whether they do which. */
function usesOf(table: string, statements: Iterable<string>) {
  const sqlite = without(table);
  const uses = new Map<string, { reads: boolean; writes: boolean }>();
  for (const statement of statements) {
    if (!/^\s*(select|insert|update|delete|with|replace)\b/i.test(statement)) continue;
    const writes = written.exec(statement)?.[2] === table;
    // The table that is written is no reading of it, but any other mention is.
    const rest = writes ? statement.replace(written, '$1 elsewhere AS "$2"') : statement;
    let reads = false;
    try {
      sqlite.prepare(rest);
    } catch (error) {
      reads = new RegExp(`no such table: (main\\.)?${table}$`).test(String(error));
      if (!reads) throw new Error(`not understood: ${statement}`, { cause: error });
    }
    if (reads || writes) uses.set(statement, { reads, writes });
  }
  return uses;
}

const allows = (list: readonly Excuse[], table: string, file: string) =>
  list.find((one) => `src/${one.file}` === file && one.tables.includes(table));

/** What of these statements, by the file that asked for each, goes past a view without an excuse. */
export function pastViews(statements: ReadonlyMap<string, string>): string[] {
  return Object.entries(viewOf).flatMap(([table, view]) =>
    [...usesOf(table, statements.keys())].flatMap(([statement, { reads, writes }]) => {
      const file = statements.get(statement) ?? '';
      const text = statement.replace(/\s+/g, ' ').trim();
      return [
        reads && !allows(readers, table, file) && `${file} reads ${table}, not ${view}: ${text}`,
        writes && !allows(writers, table, file) && `${file} writes ${table}: ${text}`,
      ].filter((complaint) => complaint !== false);
    }),
  );
}

/** Excuses that no statement needs any more. */
export function needlessExcuses(statements: ReadonlyMap<string, string>): string[] {
  const needed = new Set<string>();
  for (const table of Object.keys(viewOf)) {
    for (const [statement, { reads, writes }] of usesOf(table, statements.keys())) {
      const file = statements.get(statement);
      if (reads) needed.add(`src reads ${table}: ${file}`);
      if (writes) needed.add(`src writes ${table}: ${file}`);
    }
  }
  const given = (list: readonly Excuse[], verb: string) =>
    list.flatMap(({ file, tables }) => tables.map((table) => `src ${verb} ${table}: src/${file}`));
  return [...given(readers, 'reads'), ...given(writers, 'writes')].filter(
    (one) => !needed.has(one),
  );
}

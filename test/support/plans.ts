// Finds statements that read whole tables, by asking SQLite how it would run them.
import type { Database } from 'bun:sqlite';
import { openDatabase } from '../../src/db/open.ts';
import { matchHidden } from '../../src/db/views.ts';
import { createNotes } from './notes/table.ts';

/** Tables of a handful of rows, whatever happens on the server. */
const small = ['instance', 'event_log', 'this_database', 'hidden_', 'pragma_', 'sqlite_'];

/** Plans that may read a table from end to end, each with the reason why. */
const excused: readonly { fits: RegExp; because: string }[] = [
  {
    fits: /^SCAN clearings: SELECT .* FROM clearings ORDER BY id LIMIT 1$/,
    because: 'the work that waits, oldest first',
  },
  {
    fits: /^SCAN \w+ USING COVERING INDEX \w+: SELECT id FROM \w+ ORDER BY length\(id\) DESC, id DESC LIMIT 1$/,
    because: 'once at start, for the newest id',
  },
  {
    fits: /^SCAN event_starts: DELETE FROM event_starts WHERE first_seq <= \(SELECT first_seq FROM event_starts ORDER BY first_seq DESC/,
    because: 'once at start, of a table that it keeps to 10,000 rows',
  },
  {
    fits: /^SCAN users USING INDEX users_admins: /,
    because: 'those who administer the server, who are few',
  },
  {
    fits: /^SCAN spaces USING INDEX spaces_oldest: .* limit \?$/,
    because: 'the first entry of that index',
  },
  {
    fits: /^SCAN spaces USING INDEX spaces_public: .* limit \?( offset \?)?$/,
    because: 'a page in the order of that index',
  },
  {
    fits: /^SCAN spaces USING .*INDEX .*: select count\(\*\) from "live_spaces"$/,
    because: 'asked only where there is a most, which bounds it',
  },
  {
    fits: /^SCAN gateway_sessions: update .* where "gateway_sessions"\."dropped_at" is null$/,
    because: 'once at start, when all of them have dropped',
  },
  {
    fits: /^SCAN gateway_sessions: select .* where "gateway_sessions"\."held" = \?$/,
    because: 'once at start, to hold the presence of each',
  },
  {
    fits: /^SCAN voice_states: select .* left join "gateway_sessions" .* limit \?$/,
    because: 'those who are in voice now, looked through by the sweep',
  },
];

/** A database for plans, in which nothing is hidden, or something is: the views are others then. */
export function planned(isAnyHidden: boolean): Database {
  const { sqlite } = openDatabase(':memory:', 'full');
  sqlite.run(createNotes);
  if (isAnyHidden) hideSomething(sqlite);
  return sqlite;
}

/** Has the views leave something out. */
export function hideSomething(sqlite: Database): void {
  sqlite.run(
    "INSERT INTO hidden_authors (author_id, space_id, from_n, until_n) VALUES ('', '', 0, 0)",
  );
  sqlite.run(
    "INSERT INTO hidden_answers (thread_id, author_id, channel_id, from_n, until_n) VALUES ('', '', '', 0, 0)",
  );
  sqlite.run("INSERT INTO hidden_accounts (user_id, until_n, reactions_until_n) VALUES ('', 0, 0)");
  sqlite.run("INSERT INTO hidden_reactors (user_id, space_id, until_n) VALUES ('', '', 0)");
  matchHidden(sqlite);
}

/** Whether SQLite makes a plan for a statement like this. */
const isPlanned = (statement: string) =>
  /^\s*(select|insert|update|delete|with|replace)\b/i.test(statement);

/** How SQLite would run a statement, in its words. */
export function planOf(sqlite: Database, statement: string): string[] {
  const plan = sqlite.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${statement}`).all();
  return plan.map(({ detail }) => detail);
}

/** Statements whose plans differ between databases, each with its plans. */
export function unsteady(
  databases: readonly { name: string; sqlite: Database }[],
  statements: Iterable<string>,
): string[] {
  return [...statements].filter(isPlanned).flatMap((statement) => {
    const plans = databases.map(({ name, sqlite }) => ({
      name,
      plan: planOf(sqlite, statement).join(' | '),
    }));
    if (new Set(plans.map(({ plan }) => plan)).size === 1) return [];
    const lines = plans.map(({ name, plan }) => `  ${name}: ${plan}`);
    return [[statement.replace(/\s+/g, ' ').trim(), ...lines].join('\n')];
  });
}

const definitions = (sqlite: Database) =>
  sqlite
    .query<{ sql: string }, []>("SELECT sql FROM sqlite_temp_schema WHERE type = 'view'")
    .all()
    .map(({ sql }) => sql);

/** The table behind a name of the plan, which may be an alias; null for what is no table. */
function tableOf(sqlite: Database, statement: string, name: string): string | null {
  const known = (table: string) =>
    sqlite
      .query<{ name: string }, [string]>(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = ?",
      )
      .get(table) !== null;
  if (known(name)) return name;
  const aliased = new RegExp(
    `\\b(?:FROM|JOIN|UPDATE|INTO|,)\\s+["\`]?(\\w+)["\`]?\\s+(?:AS\\s+)?["\`]?${name}\\b`,
    'i',
  );
  const tables = [statement, ...definitions(sqlite)].map((text) => aliased.exec(text)?.[1] ?? '');
  return tables.find(known) ?? null;
}

/** What of these statements reads a whole table, as `SCAN …` and the statement. */
export function scansOf(sqlite: Database, statements: Iterable<string>): string[] {
  const found: string[] = [];
  for (const statement of statements) {
    if (!isPlanned(statement)) continue;
    for (const detail of planOf(sqlite, statement)) {
      const [, name, rest = ''] = /^SCAN (\S+)(.*)$/.exec(detail) ?? [];
      if (name === undefined || small.some((one) => name.startsWith(one))) continue;
      // A virtual table is read through its index unless it says that it has nothing to go by.
      if (rest.includes('VIRTUAL TABLE INDEX') && !/INDEX \d+:$/.test(rest)) continue;
      if (tableOf(sqlite, statement, name) === null) continue;
      const scan = `${detail}: ${statement.replace(/\s+/g, ' ').trim()}`;
      if (!excused.some(({ fits }) => fits.test(scan))) found.push(scan);
    }
  }
  return found;
}

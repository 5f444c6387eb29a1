// Finds statements that write a table of another room; which tables a room has, its feature says.
import { getTableName } from 'drizzle-orm';
import { features } from '../../src/features.ts';
import { rooms } from './rooms.ts';

/** The engines are no features; neither is a virtual table one of Drizzle's. */
const others: Record<string, readonly string[]> = {
  'src/access/': ['tokens'],
  'src/db/': ['this_database', 'sqlite_stat1'],
  'src/events/': [
    'events',
    'event_scopes',
    'event_log',
    'event_starts',
    'event_shares',
    'event_gaps',
    'sqlite_sequence',
  ],
  'src/gateway/': ['gateway_sessions'],
  'src/features/spaces/members/': ['member_search'],
  'src/features/talk/messages/': ['message_search'],
};

interface Excuse {
  file: string;
  tables: RegExp;
  because: string;
}

const excuses: readonly Excuse[] = [
  { file: 'clearing/rows.ts', tables: /./, because: 'removes the rows that features hand it' },
  { file: 'clearing/slices.ts', tables: /^hidden_/, because: 'works off the lists of features' },
  {
    file: 'messages/reacted.ts',
    tables: /^reactions$/,
    because: 'a message takes its reactions along, in the turn that removes or hides it',
  },
  {
    file: 'src/turns.ts',
    tables: /^instance$/,
    because: 'a turn of a test that ends in a tail call, which leaves no trace of the test',
  },
];

/** The folder of the room that has each table, in pairs. */
export const owners: readonly (readonly [table: string, folder: string])[] = [
  ...Object.entries(others).flatMap(([folder, tables]) =>
    tables.map((table) => [table, folder] as const),
  ),
  ...features.flatMap(({ tables = [] }, index) =>
    tables.map((table) => [getTableName(table), rooms[index]?.folder ?? ''] as const),
  ),
];

const writing =
  /\b(?:insert(?: or \w+)? into|replace into|update(?: or \w+)?|delete from)\s+\W?(\w+)/gi;

/** What of these statements, by the file that asked for each, writes a table of another room. */
export function foreignWrites(statements: ReadonlyMap<string, string>): string[] {
  const folders = new Map(owners);
  return [...statements].flatMap(([statement, file]) =>
    [...statement.matchAll(writing)]
      .map(([, table = '']) => table.toLowerCase())
      // `DO UPDATE SET` names no table.
      .filter((table) => table !== 'set')
      .filter((table) => !file.startsWith(folders.get(table) ?? 'nobody’s'))
      .filter((table) => !excuses.some((one) => file.endsWith(one.file) && one.tables.test(table)))
      .map((table) => `${file} writes ${table}: ${statement.replace(/\s+/g, ' ').trim()}`),
  );
}

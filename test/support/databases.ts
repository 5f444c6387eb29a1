// Databases in memory that servers of one process use one after the other: statements stay prepared.
import type { Config } from '../../src/config.ts';
import { openDatabase, type Db } from '../../src/db/open.ts';
import type { PlannedDatabase } from '../../src/db/planned.ts';

/** A connection, and what it was when it was opened. */
interface Opened {
  readonly sqlite: PlannedDatabase;
  readonly orm: Db['orm'];
  readonly state: string;
  readonly fresh: Fresh;
}

/** More are used at once only by tests that start several servers. */
const maxIdle = 4;

const idle: Opened[] = [];
const inUse = new WeakMap<PlannedDatabase, Opened>();

/** What must be as it was: schema, temporary schema, attached files, and what a test has put in the object's place. */
function stateOf(sqlite: PlannedDatabase): string {
  const number = (pragma: string) => JSON.stringify(sqlite.query(`PRAGMA ${pragma}`).get());
  return [
    number('main.schema_version'),
    number('temp.schema_version'),
    number('foreign_keys'),
    JSON.stringify(sqlite.query('PRAGMA database_list').all()),
    Object.keys(sqlite).join(' '),
  ].join(' ');
}

type Row = (string | number | null)[];

/** What makes the database new: statements after which no rows are left, and the rows that it begins with. */
interface Fresh {
  readonly statements: readonly string[];
  readonly rows: readonly { into: string; row: Row }[];
}

function freshOf(sqlite: PlannedDatabase): Fresh {
  const tables = sqlite
    .query<{ name: string; sql: string }, []>(
      `SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name <> 'sqlite_stat1'`,
    )
    .all();
  const indexes = tables
    .filter(({ sql }) => /^CREATE VIRTUAL TABLE/i.test(sql))
    .map(({ name }) => name);
  const isPart = (name: string) => indexes.some((index) => name.startsWith(`${index}_`));
  const plain = tables
    .map(({ name }) => name)
    .filter((name) => !indexes.includes(name) && !isPart(name));
  return {
    statements: [
      // An index of texts has tables of its own, which nobody else may write.
      ...indexes.map((name) => `INSERT INTO ${name} (${name}) VALUES ('delete-all')`),
      ...plain.map((name) => `DELETE FROM ${name}`),
    ],
    rows: plain.flatMap((name) =>
      (sqlite.query(`SELECT * FROM ${name}`).values() as Row[]).map((row) => ({
        into: `INSERT INTO ${name} VALUES (${row.map(() => '?').join(', ')})`,
        row,
      })),
    ),
  };
}

function opened(): Opened {
  const { sqlite, orm } = openDatabase(':memory:', 'full');
  return { sqlite, orm, fresh: freshOf(sqlite), state: stateOf(sqlite) };
}

/** Empties a connection; false if it is not what it was, and must not be used again. */
function isNewAgain({ sqlite, fresh, state }: Opened): boolean {
  if (sqlite.inTransaction || stateOf(sqlite) !== state) return false;
  sqlite.run('PRAGMA foreign_keys = OFF');
  sqlite.query('BEGIN').run();
  for (const statement of fresh.statements) sqlite.query(statement).run();
  for (const { into, row } of fresh.rows) sqlite.query(into).run(...row);
  sqlite.query('COMMIT').run();
  sqlite.run('PRAGMA foreign_keys = ON');
  sqlite.run('PRAGMA busy_timeout = 5000');
  return true;
}

/** Hands a server an empty database in memory, and takes it back when it stops. */
export const shared = {
  open(config: Config): Db {
    if (config.database_path !== ':memory:') {
      return openDatabase(config.database_path, config.DATABASE_SYNCHRONOUS);
    }
    const one = idle.pop() ?? opened();
    inUse.set(one.sqlite, one);
    // A new object each time: what a server keeps beside the rows hangs on it.
    return { sqlite: one.sqlite, orm: one.orm };
  },
  close({ sqlite }: Db): void {
    const one = inUse.get(sqlite);
    if (one !== undefined && idle.length < maxIdle && isNewAgain(one)) idle.push(one);
    else sqlite.close();
  },
};

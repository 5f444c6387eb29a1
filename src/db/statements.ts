// The statements of the transaction that turns run in, each built once.
import type { Database } from 'bun:sqlite';

/** Begins and ends transactions, and, inside them, what one turn does. */
export function transactionStatements(sqlite: Database) {
  const statement = (sql: string) => {
    const query = sqlite.prepare(sql);
    return () => void query.run();
  };
  return {
    begin: statement('BEGIN IMMEDIATE'),
    commit: statement('COMMIT'),
    save: statement('SAVEPOINT turn'),
    release: statement('RELEASE turn'),
    undo: statement('ROLLBACK TO turn'),
  };
}

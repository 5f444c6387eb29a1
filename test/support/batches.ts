// Moments around a commit that a test cannot reach by calling: right at it, and when it fails.
import type { Turn } from '../../src/app.ts';
import type { TestServer } from './server.ts';

const maxTurns = 20_000;

/**
 * Waits for the turn after which `isDone` holds and calls `run` at its commit, before those who
 * wait for that turn go on.
 */
export async function atCommitOf(
  server: TestServer,
  isDone: (turn: Turn) => boolean,
  run: () => void,
): Promise<void> {
  // One of these turns waits at any time and each ends its batch, so that the next one stands in
  // one batch with whatever came meanwhile, behind it.
  for (let count = 0; count < maxTurns; count += 1) {
    const found = await server.turn((turn) => {
      const isNow = isDone(turn);
      turn.onCommit(() => {
        if (isNow) run();
      });
      return isNow;
    });
    if (found) return;
  }
  throw new Error('the turn did not come');
}

/** Makes a call while every commit fails, as on a disk that breaks; answers what the call does. */
export async function whileCommitsFail<T>(server: TestServer, call: () => Promise<T>): Promise<T> {
  const { sqlite } = server.app.db;
  const query = sqlite.query.bind(sqlite);
  const failing = {
    run() {
      // A row that refers to nothing is noticed only at the commit.
      sqlite.run('PRAGMA defer_foreign_keys = ON');
      sqlite.run("INSERT INTO member_roles VALUES ('1', '1', '1')");
      query('COMMIT').run();
    },
  };
  sqlite.query = ((sql: string) => (sql === 'COMMIT' ? failing : query(sql))) as typeof query;
  try {
    return await call();
  } finally {
    Reflect.deleteProperty(sqlite, 'query');
  }
}

// A server started once more over the database that another one has left.
import type { Clock } from '../../src/lib/clock.ts';
import { startServer } from '../../src/server.ts';
import { logInto, testConfig, TestServer, type Logged } from './server.ts';

/** With the settings of the first start, the database file among them. Stop it at the end of the test. */
export async function startAgain(
  settings: Record<string, string>,
  clock?: Clock,
): Promise<TestServer> {
  const logged: Logged[] = [];
  const parts = { config: testConfig(settings), log: logInto(logged), strict: true };
  return new TestServer(await startServer(clock ? { ...parts, clock } : parts), logged);
}

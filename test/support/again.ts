// A server started once more over the database that another one has left.
import type { Log } from '../../src/app.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { startServer } from '../../src/server.ts';
import { testConfig, TestServer } from './server.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** With the settings of the first start, the database file among them. Stop it at the end of the test. */
export async function startAgain(
  settings: Record<string, string>,
  clock?: Clock,
): Promise<TestServer> {
  const parts = { config: testConfig(settings), log: silent, strict: true };
  return new TestServer(await startServer(clock ? { ...parts, clock } : parts), []);
}

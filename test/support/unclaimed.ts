// A server that nobody administers yet, and registering there for real.
import { startServer } from '../../src/server.ts';
import { setupCode } from '../../src/features/doors/claim/setup-code.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { Person, type Reply } from './person.ts';
import { logInto, testConfig, TestServer, type Logged } from './server.ts';

/** Starts a server without any account; stop it at the end of the test (`await using` does). */
export async function startUnclaimed(
  settings: Record<string, string> = {},
  clock?: Clock,
): Promise<TestServer & AsyncDisposable> {
  const logged: Logged[] = [];
  const config = testConfig({ REGISTRATIONS_PER_ADDRESS: '0', ...settings });
  const log = logInto(logged);
  const running = await startServer({ config, log, strict: true, ...(clock ? { clock } : {}) });
  const server = new TestServer(running, logged);
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.stop() });
}

/** The setup code of a server that has one. */
export function codeOf({ app }: TestServer): string {
  const code = setupCode(app);
  if (code === null) throw new Error('this server has no setup code');
  return code;
}

export const password = 'correct horse';

/** Registers over REST, as a client does; `headers` are those of whatever stands between. */
export function registers(
  server: TestServer,
  username: string,
  more: object = {},
  headers: Record<string, string> = {},
): Promise<Reply> {
  return server.call('POST', '/auth/register', { username, password, ...more }, headers);
}

/** The person behind the answer to a registration or a login. */
export function personOf(server: TestServer, { data }: Reply): Person {
  const { id, username } = data.user;
  return new Person(server, { id, name: username, token: data.token });
}

/** Sets columns of the settings, as an admin may. */
export function setSettings(server: TestServer, columns: Record<string, unknown>): Promise<void> {
  return server.turn(({ tx }) => {
    for (const [name, value] of Object.entries(columns)) {
      tx.sqlite.run(`UPDATE instance SET ${name} = ?`, [value as string]);
    }
  });
}

/** Lets everybody register, whatever settings were written meanwhile. */
export function reopen({ app }: TestServer): void {
  app.db.sqlite.run("UPDATE instance SET registration_approval = 0, registration_policy = 'open'");
}

// A server of its own for each test: in memory, on a free port, checking every answer and event.
import { join } from 'node:path';
import { readConfig, type Config } from '../../src/config.ts';
import type { Log, Turn } from '../../src/app.ts';
import { issueToken } from '../../src/features/doors/auth/actions.ts';
import { register } from '../../src/features/doors/registration/actions.ts';
import type { Feature } from '../../src/features/feature.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { Network } from '../../src/lib/public-fetch.ts';
import { startServer, type RunningServer } from '../../src/server.ts';
import { shared } from './databases.ts';
import { commonFiles } from './folder.ts';
import { Person, type Reply } from './person.ts';
import { seen } from './witness.ts';

export interface TestOptions {
  /** Settings by the name of their variable. */
  settings?: Record<string, string>;
  clock?: Clock;
  /** How link previews reach the web. */
  network?: Partial<Network>;
  /** Instead of those of Accord. */
  features?: readonly Feature[];
}

/** Log lines of warnings and errors, for tests that look at them. */
export interface Logged {
  level: string;
  fields: Record<string, any>;
  message: string;
}

export class TestServer {
  readonly running: RunningServer;
  readonly logged: Logged[];

  constructor(running: RunningServer, logged: Logged[]) {
    this.running = running;
    this.logged = logged;
  }

  get app() {
    return this.running.app;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.running.port}`;
  }

  get gateway(): string {
    return `ws://127.0.0.1:${this.running.port}/ws`;
  }

  /** Calls a path below `/api/v1`, or, beginning with `//`, one at the root. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const url = path.startsWith('//')
      ? `${this.origin}${path.slice(1)}`
      : `${this.origin}/api/v1${path}`;
    const isForm = body instanceof FormData;
    const type: Record<string, string> =
      body === undefined || isForm ? {} : { 'content-type': 'application/json' };
    const response = await fetch(url, {
      method,
      headers: { ...type, ...headers },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' || isForm ? body : JSON.stringify(body) }),
    });
    const { pathname } = new URL(url);
    seen.answers.add(`${method} ${pathname.replace(/\d{10,}/g, '1')} ${response.status}`);
    const text = await response.text();
    let parsed: any = text;
    try {
      parsed = text === '' ? null : JSON.parse(text);
    } catch {
      // Not JSON: the text itself is what there is.
    }
    return {
      status: response.status,
      headers: response.headers,
      body: parsed,
      data: parsed?.data,
      code: parsed?.error?.code,
    };
  }

  /** Runs a turn on the server, as a timer or a webhook would. */
  turn<T>(run: (turn: Turn) => T): Promise<T> {
    return this.app.write<T>(run as never);
  }

  /**
   * An account with a token, made without the work of hashing a password (nobody can log in with
   * it). The first one of a server administers it, unless `nobody` came before.
   */
  async person(name: string): Promise<Person> {
    const made = await this.turn((turn) => {
      const row = register(turn, { username: name, display_name: null, password_hash: 'none' });
      return { id: row.id, token: issueToken(turn, row.id) };
    });
    return new Person(this, { ...made, name });
  }

  stop(): Promise<void> {
    return this.running.stop(0);
  }
}

/** Each has a folder for its files. */
let configs = 0;

/** Settings of a server for tests, from defaults and what a test names; nothing of the real environment. */
export function testConfig(settings: Record<string, string> = {}): Config {
  configs += 1;
  return readConfig({
    PORT: '0',
    ACCORD_BIND: '127.0.0.1',
    DATABASE_URL: 'sqlite::memory:',
    ACCORD_STORAGE_PATH: join(commonFiles, String(configs)),
    RATE_LIMIT_PER_MINUTE: '0',
    LINK_PREVIEWS: 'off',
    ...settings,
  });
}

/** A log that is kept for the test. */
export function logInto(logged: Logged[]): Log {
  const record = (level: string) => (fields: object, message: string) =>
    void logged.push({ level, fields: fields as Logged['fields'], message });
  return {
    debug: record('debug'),
    info: record('info'),
    warn: record('warn'),
    error: record('error'),
    notice: record('notice'),
  };
}

/** Starts a server. Stop it at the end of the test (`await using` does). */
export async function startTest(
  options: TestOptions = {},
): Promise<TestServer & AsyncDisposable & { admin: Person }> {
  const logged: Logged[] = [];
  const running = await startServer({
    config: testConfig(options.settings),
    log: logInto(logged),
    strict: true,
    database: shared,
    ...(options.clock ? { clock: options.clock } : {}),
    ...(options.network ? { network: options.network } : {}),
    ...(options.features ? { features: options.features } : {}),
  });
  const server = new TestServer(running, logged);
  // The first account administers the server; tests are about the others.
  const admin = await server.person('nobody');
  server.app.db.sqlite.run('DELETE FROM admin_entries');
  return Object.assign(server, { admin, [Symbol.asyncDispose]: () => server.stop() });
}

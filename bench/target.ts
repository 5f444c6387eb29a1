// The server under test: how it is started, and the few accounts, spaces and messages it needs.
import { join } from 'node:path';
import { z } from 'zod';
import { type Rows, writeRows } from './data/rows';
import { identifyFrame, openGateway, quiet } from './load/gateway-client';
import { buildRequest, openConnection } from './load/responses';
import { makeDir, freePort, type Running, startServer } from './processes';

const PASSWORD = 'correct horse battery staple';
export const CONTENT =
  'A message of ordinary length, as people write them: one line, or two. '.repeat(2);
const CONNECTIONS = 16;
const AT_ONCE = 4; // registrations at a time; each costs an Argon2 hash

/** A running server with members of one space, and the channel they share. */
export interface World extends Running {
  tokens: string[];
  /** Id of the space, and of its channel `general`. */
  space: string;
  channel: string;
  /** Path of the messages of `general`. */
  messages: string;
}

/** Starts our server with a fresh database, or with the one that is in `dir` already. */
export function startOurs(
  command: readonly string[],
  dir = makeDir(),
  files = 4096,
  more: Record<string, string> = {},
): Promise<Running> {
  const port = freePort();
  return startServer({ command, port, dir, files, env: { ...settings(port, dir), ...more } });
}

/** The settings of a measured server: limits away, durability as it comes. */
export function settings(port: number, dir: string): Record<string, string> {
  return {
    PORT: String(port),
    ACCORD_BIND: '127.0.0.1',
    DATABASE_URL: `sqlite:${databaseOf(dir)}?mode=rwc`,
    ACCORD_STORAGE_PATH: `${dir}/cdn`,
    ACCORD_TEST_MODE: 'true',
    LOG_LEVEL: 'error',
    RATE_LIMIT_PER_MINUTE: '0',
    LINK_PREVIEWS: 'off',
    MAX_SESSIONS_PER_ACCOUNT: '5000',
    MAX_SOCKETS_PER_ACCOUNT: '50000',
    MAX_SOCKETS_PER_ADDRESS: '50000',
  };
}

/** The database file of the server that runs in a folder. */
export function databaseOf(dir: string): string {
  return join(dir, 'accord.db');
}

/** Starts our server and fills it with `accounts` members of one public space. */
export async function startWorld(
  command: readonly string[],
  accounts: number,
  files?: number,
): Promise<World> {
  const running = await startOurs(command, makeDir(), files);
  const api = `http://127.0.0.1:${running.port}/api/v1`;
  const tokens: string[] = [];
  for (let n = 0; n < accounts; n += AT_ONCE) {
    const count = Math.min(AT_ONCE, accounts - n);
    const names = Array.from({ length: count }, (_, i) => `bench_${n + i}`);
    tokens.push(...(await Promise.all(names.map((username) => register(api, username)))));
  }
  const [owner = ''] = tokens;
  const space = await call(Entity, 'POST', `${api}/spaces`, owner, { name: 'Bench', public: true });
  for (const token of tokens.slice(1)) {
    await call(z.unknown(), 'POST', `${api}/spaces/${space.id}/join`, token, {});
  }
  const channels = await call(z.array(Channel), 'GET', `${api}/spaces/${space.id}/channels`, owner);
  const general = channels.find(({ name }) => name === 'general');
  if (general === undefined) throw new Error('a new space has no channel `general`');
  const messages = `/api/v1/channels/${general.id}/messages`;
  return { ...running, tokens, space: space.id, channel: general.id, messages };
}

/**
 * Stops the server of a world, lets `write` write into its database, and starts it again: what
 * is there in masses is written as rows, since each account would cost a hash over HTTP.
 */
export async function regrow<T>(
  command: readonly string[],
  world: World,
  write: (rows: Rows) => T,
  files?: number,
): Promise<{ world: World; made: T }> {
  await world.stop();
  const made = await writeRows(command, databaseOf(world.dir), write);
  return { world: { ...world, ...(await startOurs(command, world.dir, files)) }, made };
}

const Entity = z.object({ id: z.string() });
const Channel = z.object({ id: z.string(), name: z.string().nullish() });
const Registered = z.object({ token: z.string() });

async function register(api: string, username: string): Promise<string> {
  const body = { username, password: PASSWORD };
  return (await call(Registered, 'POST', `${api}/auth/register`, '', body)).token;
}

async function call<T>(
  shape: z.ZodType<T>,
  method: string,
  url: string,
  token: string,
  body?: object,
): Promise<T> {
  const headers: Record<string, string> = { 'Content-Type': 'application/json' };
  if (token !== '') headers.Authorization = `Bearer ${token}`;
  const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  if (response.status !== 200) {
    throw new Error(`${method} ${url} answered ${response.status}: ${text}`);
  }
  return z.object({ data: shape }).parse(JSON.parse(text)).data;
}

/** For each account one POST of an ordinary message to `general`. */
export function messageRequests({ tokens, messages }: World): string[] {
  return tokens.map((token) => buildRequest('POST', messages, token, { content: CONTENT }));
}

/** Sends `count` requests, those of the list one after the other and again. */
export async function postAll(
  port: number,
  requests: readonly string[],
  count: number,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const all = requests.map((request) => Buffer.from(request));
  let sent = 0;
  let answered = 0;
  const next = () => {
    const request = all[sent++ % all.length];
    if (request === undefined) throw new Error('no request to send');
    return request;
  };
  const connections = await Promise.all(
    Array.from({ length: Math.min(CONNECTIONS, count) }, () =>
      openConnection(port, {
        answered(connection) {
          if (++answered === count) return resolve();
          if (sent < count) connection.send(next());
        },
        failed: reject,
      }),
    ),
  );
  for (const connection of connections) connection.send(next());
  await promise;
  for (const connection of connections) connection.close();
}

/** A file with `message.create` as a listener hears it, for a floor that sends as many bytes. */
export async function captureFrame(world: World): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const heard = { ...quiet(), lost: reject, payload: resolve };
  const [token = ''] = world.tokens;
  const identify = identifyFrame(token, ['messages']);
  const client = await openGateway(world.port, identify, 'ready', heard);
  const url = `http://127.0.0.1:${world.port}${world.messages}`;
  await call(z.unknown(), 'POST', url, token, { content: CONTENT });
  const late = Bun.sleep(3000).then(() => {
    throw new Error('a listener of the space does not hear message.create');
  });
  const payload = await Promise.race([promise, late]);
  client.drop();
  const file = join(makeDir(), 'frame.json');
  await Bun.write(file, payload);
  return file;
}

/** The body of an answer as it came, for a floor that has to answer as many bytes. */
export async function fetchText(world: World, path: string): Promise<string> {
  const [token = ''] = world.tokens;
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch(`http://127.0.0.1:${world.port}${path}`, { headers });
  if (response.status !== 200) throw new Error(`GET ${path} answered ${response.status}`);
  return response.text();
}

/** Starts a program of bench/floor/ in a directory of its own. */
export function startFloor(
  file: string,
  env: Record<string, string> = {},
  files = 4096,
): Promise<Running> {
  const port = freePort();
  const command = [process.execPath, `${import.meta.dir}/floor/${file}`];
  return startServer({ command, port, dir: makeDir(), files, env: { PORT: String(port), ...env } });
}

/** Starts a floor that answers what ours answers to a GET of this path. */
export async function startConstant(world: World, path: string): Promise<Running> {
  const body = join(makeDir(), 'body.json');
  await Bun.write(body, await fetchText(world, path));
  return startFloor('constant.ts', { FLOOR_BODY: body });
}

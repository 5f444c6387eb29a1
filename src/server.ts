// Puts the server together from all its parts, listens, and drains at the end.
import { access, chmod, constants, stat } from 'node:fs/promises';
import { isSilenced } from './access/hearing.ts';
import type { App, Log, StateName } from './app.ts';
import type { Config } from './config.ts';
import { Checkpoints } from './db/checkpoints.ts';
import { remarkBeforeOpening } from './db/found.ts';
import { timesAtStart } from './db/times.ts';
import { lockDatabase } from './db/lock.ts';
import { gateway_sessions } from './db/schema/log.ts';
import { openDatabase, type Db, type Tx } from './db/open.ts';
import { ApiError, type Problem } from './errors.ts';
import { beginNumbers } from './events/numbers.ts';
import { Hub } from './events/hub.ts';
import { scenery } from './features/ready/ready/scenery.ts';
import { readyFor } from './features/ready/ready/picture.ts';
import { featuresOf, register, type Feature } from './features/feature.ts';
import { features as allFeatures } from './features.ts';
import { gatewayConsequences } from './gateway/ends.ts';
import { fanOut } from './gateway/fan-out.ts';
import { Gateway } from './gateway/gateway.ts';
import { createMoves } from './gateway/moves.ts';
import { mountHttp } from './http/mount.ts';
import { addressOf } from './http/peer.ts';
import { refusalOf } from './http/refusal.ts';
import { systemClock, type Clock } from './lib/clock.ts';
import { openFileStore, type FileStore } from './lib/file-store.ts';
import { OwnAddress } from './lib/own-address.ts';
import { Pace } from './lib/pace.ts';
import type { Network } from './lib/public-fetch.ts';
import { RowCache } from './lib/row-cache.ts';
import { createSnowflakes } from './lib/snowflake.ts';
import { closedDoor, hostOf, listen, type Answer, type Door, type Server } from './listen.ts';
import { version } from './version.ts';
import { Writer } from './write.ts';
import { reasonOf } from './lib/reason.ts';

export interface ServerOptions {
  config: Config;
  log: Log;
  clock?: Clock;
  network?: Partial<Network>;
  /** Whether every response and event is checked against its schema. */
  strict?: boolean;
  /** Opens the database in another way, and closes it. */
  database?: { open(config: Config): Db; close(db: Db): void };
  features?: readonly Feature[];
}

export interface RunningServer {
  readonly app: App;
  /** Where it listens, as it stands in an address: `[::]:39099`. */
  readonly host: string;
  readonly port: number;
  /** Tells clients to reconnect, closes sockets after `grace_ms`, runs waiting turns, and stops. */
  stop(grace_ms?: number): Promise<void>;
}

/** The folder for files cannot be used; the message is one line for the operator. */
export class StorageError extends Error {}

/** Puts the server together and listens. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config } = options;
  const unlock = lockDatabase(config.database_path);
  const door = closedDoor();
  let server: Server | null = null;
  try {
    // Listens before anything is written: if the port is taken, the database stays as it is.
    server = listen(config, door);
    return await startBehind(options, server, door, unlock);
  } catch (error) {
    await server?.stop(true);
    unlock();
    throw error;
  }
}

/** Starts the rest of the server, once it has locked its database and has its port. */
async function startBehind(
  options: ServerOptions,
  server: Server,
  door: Door,
  unlock: () => void,
): Promise<RunningServer> {
  const { config, features = allFeatures } = options;
  // Before the files: if the database cannot be opened, no folder is made.
  const remarks = [remarkBeforeOpening(config.database_path)].filter((one) => one !== null);
  const tell = (remark: string) => void remarks.push(remark);
  const db =
    options.database?.open(config) ??
    openDatabase(config.database_path, config.DATABASE_SYNCHRONOUS, undefined, tell);
  const files = await openStorage(config);
  let checkpoints: Checkpoints | null = null;
  const committed = () => checkpoints?.committed();
  const { app, writer } = assemble({ ...options, features, committed }, db, files);
  const gateway = new Gateway(app, {
    commands: features.flatMap(({ commands }) => commands),
    hooks: features.flatMap(({ hooks }) => (hooks ? [hooks] : [])),
    ready: readyFor,
  });
  // From here on the writer waits for locks of other programs, so that nobody else does.
  db.sqlite.run('PRAGMA busy_timeout = 0');
  app.hub.connect(fanOut((topic, frame) => void server.publish(topic, frame)));
  app.address.listensOn(server.port ?? 0, config.ACCORD_BIND);
  const ends: (() => void)[] = [];
  for (const { start } of features) {
    const end = await start?.(app);
    if (end) ends.push(end);
  }
  checkpoints = beginCheckpoints(app);
  await gateway.start();
  // Not before, since a start that fails is told in one line.
  for (const remark of remarks) options.log.notice({}, remark);
  door.open(answerer(app, gateway));
  return {
    app,
    host: hostOf(server.hostname ?? config.ACCORD_BIND, server.port ?? 0),
    port: server.port ?? 0,
    async stop(grace_ms = 1_500) {
      // Takes no new connections; running requests finish while sockets are asked to close.
      const finished = server.stop(false);
      for (const end of ends) end();
      await gateway.drain(grace_ms);
      await Promise.race([finished, Bun.sleep(grace_ms)]);
      await server.stop(true);
      writer.close();
      checkpoints?.end();
      if (options.database) options.database.close(db);
      else db.sqlite.close();
      checkpoints?.close();
      unlock();
    },
  };
}

/** Begins to make checkpoints; null for a database in memory, which has no log. */
function beginCheckpoints({ config, db, clock, log, pace }: App): Checkpoints | null {
  if (config.database_path === ':memory:') return null;
  return new Checkpoints(config.database_path, {
    sqlite: db.sqlite,
    clock,
    failed: (error) =>
      log.error({ err: error }, 'the log of the database could not be put into its file'),
    shares: () =>
      log.notice({}, 'another program writes the log of the database into its file as well'),
    soon: (run) => void pace.run('checkpoints', run),
  });
}

/** Opens the folder for files; throws a StorageError if it cannot be used. */
export async function openStorage({
  storage_path,
  ACCORD_STORAGE_PATH,
}: Config): Promise<FileStore> {
  try {
    const store = await openFileStore(storage_path);
    const { R_OK, W_OK, X_OK } = constants;
    for (const folder of [storage_path, store.temporaryFolder]) {
      await access(folder, R_OK | W_OK | X_OK);
    }
    // A folder that the operator has named may be shared with other programs on purpose.
    if (ACCORD_STORAGE_PATH === null) await closeToOthers(storage_path);
    return store;
  } catch (error) {
    const reason = reasonOf(error);
    throw new StorageError(`The folder "${storage_path}" for files cannot be used: ${reason}.`);
  }
}

async function closeToOthers(folder: string): Promise<void> {
  const { mode } = await stat(folder);
  // Without effect where it is somebody else's, or the file system has no modes.
  if ((mode & 0o007) !== 0) await chmod(folder, mode & 0o7770).catch(() => {});
}

/** Makes the app and its writer: everything below HTTP and the gateway. */
export function assemble(
  options: ServerOptions & Pick<Required<ServerOptions>, 'features'> & { committed?(): void },
  db: Db,
  files: FileStore,
) {
  const { config, log, network = {}, strict = false, features, committed = () => {} } = options;
  const hub = new Hub();
  const cache = new RowCache();
  const withIds = [gateway_sessions, ...features.flatMap(({ ids: own = [] }) => own)];
  const times = timesAtStart(db, withIds, options.clock ?? systemClock);
  const { clock, trusted, steps, newest, ofTurn, notice } = times;
  if (notice !== null) log.notice({}, notice);
  const ids = createSnowflakes(() => clock.now(), newest.id);
  const states = new Map<object, unknown>();
  const pace = new Pace();
  const writer = new Writer({
    db,
    hub,
    cache,
    log,
    strict,
    times: () => ofTurn(ids.newest),
    steady: () => clock.steady(),
    pace,
    id: () => ids.next(),
    // Before anything is told; alone on the connection, so it needs no turn.
    seq: beginNumbers(db as Tx, clock.now()),
    consequences: [...gatewayConsequences, ...features.flatMap(({ consequences }) => consequences)],
    committed,
  });
  const app: App = {
    config,
    version,
    db,
    hub,
    cache,
    clock,
    trusted,
    steps,
    newest,
    log,
    pace,
    files,
    address: new OwnAddress(config.PUBLIC_URL),
    network,
    strict,
    seq: () => writer.seq(),
    trouble: () => writer.trouble,
    write: writer.write,
    send: writer.send,
    state<T>(name: StateName<T>): T {
      if (!states.has(name)) states.set(name, name.create(app));
      return states.get(name) as T;
    },
  };
  register(app, features);
  writer.connect(app, createMoves(scenery));
  app.hub.silenceBy((user_id, space_id) => isSilenced(app, user_id, space_id));
  return { app, writer };
}

function answerer(app: App, gateway: Gateway): Answer {
  const handle = mountHttp(
    app,
    featuresOf(app).flatMap(({ endpoints }) => endpoints),
  );
  return (request, server) =>
    isGatewayPath(request.url) && request.method !== 'OPTIONS'
      ? upgrade(app, gateway, request, server)
      : handle(request, server);
}

/** Tells whether the path is `/ws`, without parsing the URL of every request. */
function isGatewayPath(url: string): boolean {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  return url.startsWith('/ws', start) && (url.length === start + 3 || url[start + 3] === '?');
}

function upgrade(
  app: App,
  gateway: Gateway,
  request: Request,
  server: Server,
): Response | undefined {
  const refused = (problem: Problem, message: string, headers?: Record<string, string>) => {
    const passes = problem === 'overloaded' || problem === 'rate_limited';
    const error = new ApiError(problem, message, passes ? { retryAfter_s: 1 } : {});
    return refusalOf(app.config, request, error, headers);
  };
  if (request.method !== 'GET') {
    return refused('method_not_allowed', 'This path knows GET only.', { Allow: 'GET' });
  }
  if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
    const how = { Upgrade: 'websocket', Connection: 'Upgrade' };
    return refused('upgrade_required', 'This is the gateway: open a WebSocket here.', how);
  }
  const address = addressOf(app, request, server);
  if (gateway.isDraining) {
    return refused('overloaded', 'The server is stopping; come back in a moment.');
  }
  if (!gateway.admits(address)) {
    return refused('rate_limited', 'Too many sockets are open from here.');
  }
  if (server.upgrade(request, { data: { address, gateway, connection: null } })) return undefined;
  return refused('invalid_request', 'This WebSocket handshake is not valid.');
}

// Every process that the benchmarks start: started, waited for and killed here, each by its own id.
import { mkdirSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Subprocess } from 'bun';

export interface Running {
  pid: number;
  port: number;
  dir: string;
  stop(): Promise<void>;
}

/** How long a server may take to its first answer. */
const READY_MS = 20_000;

const alive = new Set<Subprocess>();
let top: string | undefined;
let dirs = 0;

/** The directory of this run, made when it is first needed. */
function topDir(): string {
  top ??= mkdtempSync(join(tmpdir(), 'accord-bench-'));
  return top;
}

/** A new empty directory, gone with the run. */
export function makeDir(): string {
  const dir = join(topDir(), String(++dirs));
  mkdirSync(dir);
  return dir;
}

/** Kills what a measurement has left running, so that the next one has the machine for itself. */
export async function stopAll(): Promise<void> {
  await Promise.all([...alive].map(kill));
}

/** Kills what is left and removes what was written. For the end of the run, however it comes. */
export function cleanUp(): void {
  for (const child of alive) child.kill('SIGKILL');
  alive.clear();
  if (top !== undefined) rmSync(top, { recursive: true, force: true });
}

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort(): number {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

export interface ServerCommand {
  command: readonly string[];
  env: Record<string, string>;
  port: number;
  dir: string;
  /** How many files it may open; more than the default needs `ulimit`. */
  files?: number;
}

/** Starts a server and waits for its first 200 of /health. Its output is shown when it ends early. */
export async function startServer(server: ServerCommand): Promise<Running> {
  const log = join(server.dir, 'output.log');
  const fd = openSync(log, 'a');
  // `exec` keeps the id, so what is measured and killed is the server and not the shell.
  const raise = `ulimit -S -n ${server.files ?? 0} && exec "$@"`;
  const cmd = server.files ? ['sh', '-c', raise, 'sh', ...server.command] : [...server.command];
  const child = Bun.spawn(cmd, {
    cwd: server.dir,
    env: serverEnv(server.env),
    stdin: 'ignore',
    stdout: fd,
    stderr: fd,
  });
  closeSync(fd);
  alive.add(child);
  const started = performance.now();
  while (!(await answers(server.port))) {
    if (child.exitCode !== null || child.signalCode !== null) {
      alive.delete(child);
      throw new Error(`${cmd.join(' ')} ended early:\n${readFileSync(log, 'utf8').slice(-2000)}`);
    }
    if (performance.now() - started > READY_MS) {
      throw new Error(`${cmd.join(' ')} does not answer on ${server.port} after 20 s`);
    }
    await Bun.sleep(1);
  }
  return { pid: child.pid, port: server.port, dir: server.dir, stop: () => kill(child) };
}

/** What a server sees of our environment: nothing that would change how it behaves. */
function serverEnv(env: Record<string, string>): Record<string, string> {
  const { PATH = '', HOME = '/', TMPDIR } = process.env;
  return { PATH, HOME, NODE_ENV: 'production', ...(TMPDIR ? { TMPDIR } : {}), ...env };
}

/** Asks for /health once: true for a 200, false if nobody listens or the connection ends. */
async function answers(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const late = setTimeout(() => resolve(false), READY_MS);
  try {
    const socket = await Bun.connect({
      hostname: '127.0.0.1',
      port,
      socket: {
        data: (_, chunk) => resolve(chunk.toString('latin1').startsWith('HTTP/1.1 200')),
        close: () => resolve(false),
      },
    });
    socket.write('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    const isReady = await promise;
    socket.end();
    return isReady;
  } catch {
    return false; // refused: not listening yet, which is what the caller waits for
  } finally {
    clearTimeout(late);
  }
}

/** Sends no SIGTERM first: nothing of these databases is kept, and a drain costs seconds. */
async function kill(child: Subprocess): Promise<void> {
  alive.delete(child);
  child.kill('SIGKILL');
  await child.exited;
}

export interface Worker {
  send(message: object): void;
  stop(): Promise<void>;
}

/** Starts a load generator of bench/load/ in a process of its own. `heard` gets what it sends. */
export function startWorker(
  file: string,
  heard: (message: unknown) => void,
  failed: (error: Error) => void,
): Worker {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'load', file)], {
    cwd: topDir(),
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
    ipc: (message: unknown) => heard(message),
    onExit: (_, code) => {
      if (alive.delete(child)) failed(new Error(`bench/load/${file} ended early with ${code}`));
    },
  });
  alive.add(child);
  return { send: (message) => child.send(message), stop: () => kill(child) };
}

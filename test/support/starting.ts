// A start as an operator makes it: from any folder, with any environment and words, also one that fails.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { givenBinary } from './operator.ts';
import { serverCommand } from './process.ts';

export interface Start {
  folder?: string;
  settings?: Record<string, string>;
  words?: readonly string[];
  /** What stands before the command, such as `unshare -m`. */
  before?: readonly string[];
  binary?: string | null;
  /** Another place for the log: a descriptor. */
  log?: number;
}

/** An empty folder, which goes with the test. */
export function emptyFolder() {
  const path = mkdtempSync(join(tmpdir(), 'accord-start-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export class Started implements AsyncDisposable {
  readonly process: Bun.Subprocess;
  /** Standard output and error. */
  log = '';
  readonly #read: Promise<void>;

  constructor({
    folder,
    settings = {},
    words = [],
    before = [],
    binary = givenBinary,
    log,
  }: Start) {
    this.process = Bun.spawn([...before, ...serverCommand(binary), ...words], {
      env: { PATH: process.env['PATH'], PORT: '0', LINK_PREVIEWS: 'off', ...settings },
      cwd: folder,
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: log ?? 'pipe',
    });
    const { stderr } = this.process;
    this.#read = stderr instanceof ReadableStream ? this.#readAll(stderr) : Promise.resolve();
  }

  async #readAll(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) this.log += decoder.decode(chunk, { stream: true });
  }

  /** Waits until it serves; returns its port. */
  async port(): Promise<number> {
    for (;;) {
      const [, port] = /listening on http:\/\/\S+:(\d+)/.exec(this.log) ?? [];
      if (port !== undefined) return Number(port);
      if (this.process.exitCode !== null) throw new Error(`it did not start: ${this.log}`);
      await Bun.sleep(10);
    }
  }

  /** Waits for its end; returns the status and the lines that it wrote. */
  async end(signal?: 'SIGTERM'): Promise<{ status: number; lines: string[] }> {
    if (signal) this.process.kill(signal);
    const status = await this.process.exited;
    await this.#read;
    return { status, lines: this.log.split('\n').filter((line) => line !== '') };
  }

  /** Resident memory in MiB, where Linux says it. */
  get memory_mib(): number {
    const status = readFileSync(`/proc/${this.process.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill('SIGKILL');
    await this.process.exited;
  }
}

/** The one line with which a start is refused; fails if it is not refused, or in more lines. */
export async function refusalOf(start: Start): Promise<string> {
  await using started = new Started(start);
  const { status, lines } = await Promise.race([
    started.end(),
    Bun.sleep(30_000).then(() => ({ status: 0, lines: [started.log] })),
  ]);
  if (status !== 1 || lines.length !== 1 || !lines[0]?.startsWith('accord: ')) {
    throw new Error(`no refusal in one line: status ${status}, ${JSON.stringify(lines)}`);
  }
  return lines[0];
}

export const isRoot = process.getuid?.() === 0;
/** Whether tests can mount: root on Linux with `unshare`. */
export const canMount =
  isRoot &&
  Bun.which('unshare') !== null &&
  Bun.spawnSync(['unshare', '-m', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt']).exitCode === 0;
/** Runs what follows with a mount of its own: `sh` has the path as $0. */
export const mounted = (script: string, path: string) => [
  'unshare',
  '-m',
  'sh',
  '-c',
  `${script} && exec "$@"`,
  path,
];

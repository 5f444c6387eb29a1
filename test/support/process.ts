// A server as a process of its own, with a file database in a folder that goes with the test.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { patience_ms } from './patience.ts';

/** How a server is started: from source, or as the binary that is given. */
export function serverCommand(binary: string | null): string[] {
  return binary === null
    ? [process.execPath, join(import.meta.dir, '../../src/main.ts'), 'serve']
    : [binary, 'serve'];
}

/** A port of 127.0.0.1 that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

export class ServerProcess implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'accord-test-'));
  readonly port: number;
  /** The most memory that it had, as of its last end. */
  peak_bytes = 0;
  readonly #command: readonly string[];
  readonly #settings: Record<string, string>;
  #process: Bun.Subprocess<'ignore', 'pipe', 'pipe'> | null = null;

  private constructor(command: readonly string[], port: number, settings: Record<string, string>) {
    this.#command = command;
    this.port = port;
    this.#settings = settings;
  }

  static async start(
    command: readonly string[],
    settings: Record<string, string> = {},
  ): Promise<ServerProcess> {
    const port = Number(settings['PORT'] ?? (await freePort()));
    const server = new ServerProcess(command, port, settings);
    await server.start();
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get gateway(): string {
    return `ws://127.0.0.1:${this.port}/ws`;
  }

  get database(): string {
    return join(this.folder, 'accord.db');
  }

  /** The number of the process while it runs. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  #spawn(): Bun.Subprocess<'ignore', 'pipe', 'pipe'> {
    return Bun.spawn([...this.#command], {
      cwd: this.folder,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: this.folder,
        PORT: String(this.port),
        ACCORD_BIND: '127.0.0.1',
        RATE_LIMIT_PER_MINUTE: '0',
        LINK_PREVIEWS: 'off',
        ...this.#settings,
      },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
  }

  /** Starts it, also again after it ended, on the same port and the same files. */
  async start(): Promise<void> {
    const process_ = this.#spawn();
    this.#process = process_;
    const until = Date.now() + patience_ms;
    for (;;) {
      const answer = await fetch(`${this.origin}/health`).catch(() => null);
      if (answer?.ok) return;
      if (process_.exitCode !== null || Date.now() > until) {
        throw new Error(`the server did not start: ${await new Response(process_.stderr).text()}`);
      }
      await Bun.sleep(20);
    }
  }

  /** Starts it and kills it that soon, whether or not it serves by then. */
  async startAndKill(after_ms: number): Promise<void> {
    const process_ = this.#spawn();
    await Bun.sleep(after_ms);
    process_.kill('SIGKILL');
    await process_.exited;
  }

  /** Sends a signal and waits for the end; answers the exit code. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number> {
    const process_ = this.#process;
    if (process_ === null) return 0;
    this.#process = null;
    process_.kill(signal);
    const code = await process_.exited;
    this.peak_bytes = process_.resourceUsage()?.maxRSS ?? 0;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

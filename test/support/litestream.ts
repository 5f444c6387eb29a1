// A real Litestream for tests, as docs/litestream.md says it, but for the paths.
import { test } from 'bun:test';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { givenBinary } from './operator.ts';
import { serverCommand } from './process.ts';

/** The binary that `LITESTREAM` names; null without it, so that plain `bun test` needs no service. */
export const litestreamBinary = process.env['LITESTREAM'] || null;

/** A test that needs Litestream; skipped by a name that says so where there is none. */
export function litestreamTest(name: string, run: () => Promise<void>): void {
  if (litestreamBinary !== null) test(name, run, { timeout: 90_000 });
  else
    test.skip(
      `${name} (skipped: LITESTREAM names no program; \`bash .ci/litestream\` installs one)`,
      run,
    );
}

const page = readFileSync(join(import.meta.dir, '../../docs/litestream.md'), 'utf8');

/** A block of the page, as it stands. */
function block(name: string): string {
  const found = new RegExp(`<!-- ${name} -->\\n\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``).exec(page);
  if (found?.[1] === undefined) throw new Error(`the page has no block "${name}"`);
  return found[1];
}

export class Litestream implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'accord-litestream-'));
  readonly #database: string;
  /** What it wrote, over all of its runs. */
  log = '';
  #process: Bun.Subprocess<'ignore', 'pipe', 'inherit'> | null = null;
  #read: Promise<void> = Promise.resolve();

  /** For the database of that path, whose name is `accord.db`. */
  constructor(database: string) {
    this.#database = database;
    mkdirSync(join(this.#folder, 'backup'));
    writeFileSync(join(this.#folder, 'litestream.yml'), this.#here(block('settings'), database));
  }

  /** Text of the page with the paths of this test. */
  #here(text: string, database: string): string {
    return text
      .replaceAll('/usr/local/bin/litestream', litestreamBinary ?? '')
      .replaceAll('/etc/litestream.yml', join(this.#folder, 'litestream.yml'))
      .replaceAll('/srv/accord', dirname(database))
      .replaceAll('/mnt/backup', join(this.#folder, 'backup'));
  }

  /** Starts it as the unit does. */
  start(): void {
    const [, command = ''] =
      /^ExecStart=(.*)$/m.exec(this.#here(block('unit'), this.#database)) ?? [];
    const process_ = Bun.spawn(command.split(' '), {
      env: { LOG_LEVEL: 'debug' },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'inherit',
    });
    this.#process = process_;
    this.#read = this.#readAll(process_.stdout);
  }

  async #readAll(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) this.log += decoder.decode(chunk, { stream: true });
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#process?.kill(signal);
    await this.#process?.exited;
    await this.#read;
    this.#process = null;
  }

  /** How many copies of the whole database it has begun. */
  get snapshots(): number {
    return this.log.split('snap=true').length - 1;
  }

  /** How many checkpoints it has made. */
  get checkpoints(): number {
    return this.log.split('msg=checkpoint ').length - 1;
  }

  /** Restores to a path where nothing is. */
  async restoreTo(database: string): Promise<void> {
    const command = block('new').replace('-o /srv/accord', `-o ${dirname(database)}`);
    await this.#run(this.#here(command, this.#database));
  }

  /** Puts what it restores in the place of the database, whose leftovers lie there. */
  async restoreInPlace(): Promise<void> {
    const [program = '', file = ''] = serverCommand(givenBinary);
    const accord = `accord() { '${program}' ${file === 'serve' ? '' : `'${file}'`} "$@"; }\n`;
    await this.#run(accord + this.#here(block('again'), this.#database));
  }

  async #run(commands: string): Promise<void> {
    const path = `${dirname(litestreamBinary ?? '')}:${process.env['PATH']}`;
    const shell = Bun.spawn(['bash', '-euc', commands], {
      env: { PATH: path },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const [out, error] = await Promise.all([
      new Response(shell.stdout).text(),
      new Response(shell.stderr).text(),
    ]);
    if ((await shell.exited) !== 0) throw new Error(`${commands} failed: ${out}${error}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

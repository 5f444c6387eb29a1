// Start: from the creation of the process to the first connection that it accepts.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Options } from '../options';
import { freePort, makeDir, startServer } from '../processes';
import { median, type Row } from '../report';
import { settings } from '../target';

const HELLO = join(import.meta.dir, '../floor/hello.ts');
const BINARY = resolve(import.meta.dir, '../../dist/accord');

export async function measureStart({ server, repeats }: Options): Promise<Row[]> {
  const [program = ''] = server;
  const isSource = program === process.execPath;
  const rows = isSource
    ? await compare('bun source', server, [process.execPath, HELLO], repeats)
    : await compare('binary', server, [compileHello()], repeats);
  if (isSource && existsSync(BINARY)) {
    rows.push(...(await compare('dist/accord', [BINARY, 'serve'], [compileHello()], repeats)));
  }
  return rows;
}

async function compare(
  name: string,
  ours: string[],
  bare: string[],
  repeats: number,
): Promise<Row[]> {
  const note = `median of ${repeats}`;
  const floor = await startOften(bare, repeats, makeDir);
  const first = await startOften(ours, repeats, makeDir);
  const kept = makeDir();
  await startOften(ours, 1, () => kept);
  const again = await startOften(ours, repeats, () => kept);
  const shared = { floor, unit: 'ms', better: 'less', note } as const;
  return [
    { figure: `start, ${name}, new database`, ours: first, ...shared },
    { figure: `start, ${name}, database there`, ours: again, ...shared },
  ];
}

async function startOften(command: string[], times: number, dir: () => string): Promise<number> {
  const samples: number[] = [];
  for (let n = 0; n < times; n++) {
    const port = freePort();
    const place = dir();
    const env = settings(port, place);
    const begin = performance.now();
    const running = await startServer({ command, port, dir: place, env });
    samples.push(performance.now() - begin);
    await running.stop();
  }
  return median(samples);
}

/** The floor of a binary is a binary. */
function compileHello(): string {
  const path = join(makeDir(), 'hello');
  const cmd = [process.execPath, 'build', '--compile', '--minify', HELLO, '--outfile', path];
  const { success, stderr } = Bun.spawnSync(cmd, { cwd: makeDir(), stdout: 'ignore' });
  if (!success) throw new Error(`the floor of the binary does not compile: ${stderr.toString()}`);
  return path;
}

// Builds the binary of a checkout as its `build` command does, and that of a floor.
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { makeDir } from './processes';

const Package = z.object({ scripts: z.object({ build: z.string() }) });
/** Where that command puts the binary. */
const OUTFILE = 'dist/accord';

const built = new Map<string, string>();

/** The folder of the checkout whose source this command starts; null for anything else. */
export function checkoutOf(server: readonly string[]): string | null {
  const main = server.find((word) => word.endsWith('/src/main.ts'));
  return main === undefined ? null : resolve(main, '../..');
}

/** The binary of the server that this command starts; a binary is itself. */
export async function binaryOf(server: readonly string[]): Promise<string> {
  const root = checkoutOf(server);
  if (root === null) return server[0] ?? '';
  const known = built.get(root);
  if (known !== undefined) return known;
  const { scripts } = Package.parse(await Bun.file(join(root, 'package.json')).json());
  const path = join(makeDir(), 'accord');
  // What is before it installs packages, and those are there.
  const command = scripts.build.slice(scripts.build.indexOf('bun build')).replace(OUTFILE, path);
  run(['sh', '-c', command], root);
  built.set(root, path);
  return path;
}

/** A binary of one file of bench/floor/. */
export function compileFloor(file: string): string {
  const path = join(makeDir(), 'floor');
  const source = join(import.meta.dir, 'floor', file);
  const cmd = [process.execPath, 'build', '--compile', '--minify', source, '--outfile', path];
  run(cmd, makeDir());
  return path;
}

function run(cmd: string[], cwd: string): void {
  const { success, stderr } = Bun.spawnSync(cmd, { cwd, stdout: 'ignore', stderr: 'pipe' });
  if (!success) throw new Error(`${cmd.join(' ')} failed: ${stderr.toString().slice(-2000)}`);
}

// What the commands of bench/ share: the server that is named, the head of a table, the end of the process.
import { resolve } from 'node:path';
import { describeMachine } from './machine';
import { cleanUp, makeDir } from './processes';

/** The folder of the checkout. */
export const ROOT = resolve(import.meta.dir, '..');

/** The server under test when none is named. */
export const SERVER = resolve(ROOT, 'src/main.ts');

/** The command that starts a .ts file with Bun, or a binary. */
export function serverCommand(given: string): string[] {
  const path = resolve(given);
  return path.endsWith('.ts') ? [process.execPath, path, 'serve'] : [path, 'serve'];
}

/** The lines above a table, read at the start: the machine, and whether it is quiet. */
export function readHead(): [string, string][] {
  return describeMachine(ROOT, makeDir());
}

export function formatHead(lines: [string, string][]): string {
  return lines.map(([key, value]) => `${key.padEnd(8)} ${value}`).join('\n');
}

export function readReason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Runs a command with the arguments of this process and ends it with the status that comes. Whatever
 * was started is killed, however the end comes; an error is told in its line.
 */
export async function runCommand(main: (argv: string[]) => Promise<number>): Promise<never> {
  process.on('exit', cleanUp);
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.on(signal, () => process.exit(code));
  }
  try {
    process.exit(await main(process.argv.slice(2)));
  } catch (error) {
    process.stderr.write(`${readReason(error)} (--help tells the options)\n`);
    process.exit(2);
  }
}

// Runs the tests in several processes at once; after all of them, judges what they saw as a whole.
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Folder of this run: what its processes saw, and their temporary files. */
const folder = mkdtempSync(join(tmpdir(), 'accord-run-'));
const env = { ...process.env, ACCORD_TEST_FOLDER: folder, TMPDIR: folder };

let running: Bun.Subprocess | null = null;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => running?.kill(signal));
}

function test(...given: string[]): Promise<number> {
  running = Bun.spawn([process.execPath, 'test', '--no-orphans', '--timeout=60000', ...given], {
    cwd: join(import.meta.dir, '..'),
    env,
    stdio: ['inherit', 'inherit', 'inherit'],
  });
  return running.exited;
}

// One more than cores: some tests wait for processes and for time.
const workers = availableParallelism() + 1;

/** Milliseconds of the slowest files, which start first: a slow one at the end would run alone. */
const timings = '--timings=test/timings.json';

const chosen = process.argv.slice(2);
try {
  let code = await test(`--parallel=${workers}`, '--no-isolate', timings, ...chosen);
  // A choice of tests is no whole run.
  if (code === 0 && chosen.length === 0) code = await test('./test/whole-run.ts');
  process.exitCode = code;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

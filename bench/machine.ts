// What the operating system knows: the machine, and what a process has used of it (Linux, /proc).
import { readdirSync, readFileSync, statfsSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';

const TMPFS = 0x01021994;

/** By thread, what it has used in nanoseconds. */
type Used = ReadonlyMap<string, number>;

/**
 * Starts a watch of the user and system time of a process; each call answers the seconds since then.
 * What a thread used that ended meanwhile is missing: they sleep for seconds before they do. With a
 * `name`, only threads that are called so count.
 */
export function watchCpu(pid: number, name?: string): () => number {
  const before = threadsOf(pid, name);
  return () => {
    let sum = 0;
    for (const [thread, used] of threadsOf(pid, name)) sum += used - (before.get(thread) ?? 0);
    return sum / 1e9;
  };
}

function threadsOf(pid: number, name?: string): Used {
  const used = new Map<string, number>();
  const threads = readdirSync(`/proc/${pid}/task`);
  if (threads.length === 0) throw new Error(`there is no process ${pid} any more`);
  for (const thread of threads) {
    const read = (file: string) => readFileSync(`/proc/${pid}/task/${thread}/${file}`, 'latin1');
    try {
      if (name !== undefined && read('comm').trim() !== name) continue;
      used.set(thread, Number.parseInt(read('schedstat'), 10));
    } catch {
      // It has ended since the folder was read.
    }
  }
  return used;
}

/** Resident memory of the process in KB. */
export function residentKb(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  if (line === null)
    throw new Error(`/proc/${pid}/status has no VmRSS; is the process still there?`);
  return Number(line[1]);
}

/** The most files that a process may be allowed to open here without more rights. */
export function openFileLimit(): number {
  const text = run(['sh', '-c', 'ulimit -Hn'], '/');
  return text === 'unlimited' ? 1_000_000 : Number(text);
}

/** The lines that stand above the table. */
export function describeMachine(root: string, dir: string): [string, string][] {
  const model = cpus()[0]?.model ?? 'unknown cpu';
  const load = loadavg()[0] ?? 0;
  const memory = statfsSync(dir).type === TMPFS;
  return [
    ['machine', `${model}, ${cpus().length} cores, Linux ${release()}, Bun ${Bun.version}`],
    [
      'load',
      `${load.toFixed(2)} in the minute before${load > 0.5 ? ' (not a quiet machine)' : ''}`,
    ],
    [
      'disk',
      memory ? 'tmpfs: an fsync costs nothing here, set TMPDIR to a real disk' : 'not tmpfs',
    ],
    ['commit', describeCommit(root)],
  ];
}

/** The commit of a checkout, and whether files differ from it. */
export function describeCommit(root: string): string {
  const commit = run(['git', 'rev-parse', '--short', 'HEAD'], root);
  const changed = run(['git', 'status', '--porcelain'], root) !== '';
  return `${commit === '' ? 'none' : commit}${changed ? ' with uncommitted changes' : ''}`;
}

function run(cmd: string[], cwd: string): string {
  const { stdout, success } = Bun.spawnSync(cmd, { cwd, stderr: 'ignore' });
  return success ? stdout.toString().trim() : '';
}

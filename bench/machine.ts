// What the operating system knows: the machine, and what a process has used of it (Linux, /proc).
import { readFileSync, statfsSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';

const TICKS_PER_SECOND = 100; // USER_HZ, the same on every Linux that Bun runs on
const TMPFS = 0x01021994;

/** User and system time that the process has used since its start, in seconds (10 ms steps). */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field is a name in brackets that may hold spaces; utime and stime follow as 14, 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
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

function describeCommit(root: string): string {
  const commit = run(['git', 'rev-parse', '--short', 'HEAD'], root);
  const changed = run(['git', 'status', '--porcelain'], root) !== '';
  return `${commit === '' ? 'none' : commit}${changed ? ' with uncommitted changes' : ''}`;
}

function run(cmd: string[], cwd: string): string {
  const { stdout, success } = Bun.spawnSync(cmd, { cwd, stderr: 'ignore' });
  return success ? stdout.toString().trim() : '';
}

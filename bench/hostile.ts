// What one hostile client does to everybody else: the longest that anybody waits, and the server's memory.
import { parseArgs } from 'node:util';
import { type Attack, type Came, startScene } from './hostile/attack';
import { attacks } from './hostile/attacks';
import { startProber } from './prober';
import { formatHead, readHead, readReason, runCommand, SERVER, serverCommand } from './command';
import { stopAll } from './processes';
import { formatColumns, formatNumber, median } from './report';

const IDLE_MS = 2000;
const REST_MS = 1000;
/** Nobody waits longer than so many times the longest wait on an idle server. */
const LIMIT = 10;

const USAGE = `bun bench/hostile.ts [options]
  --server PATH   a .ts file that bun runs, or a binary       (src/main.ts)
  --only A[,B]    attacks whose name contains one of the words
  --rounds N      how often each is tried; the middle counts  (3)
  --list          names the attacks`;

interface Round {
  idle_ms: number;
  gap_ms: number;
  grown_mb: number;
  kept_mb: number;
  came: Came;
}

/** One attack on a fresh server. */
async function runOnce(server: string[], attack: Attack): Promise<Round> {
  const shipped = { RATE_LIMIT_PER_MINUTE: '60', ACCORD_TEST_MODE: 'false', ...caps };
  const scene = await startScene(server, attack.keepsLimits ? shipped : {});
  try {
    const run = await attack.prepare(scene);
    const prober = await startProber(scene.running);
    await Bun.sleep(REST_MS);
    await prober.mark();
    await Bun.sleep(IDLE_MS);
    const idle = await prober.mark();
    const came = await run();
    const seen = await prober.mark();
    await Bun.sleep(REST_MS);
    const rest = await prober.mark();
    await prober.stop();
    const toMb = (kb: number) => (kb - idle.peak_kb) / 1024;
    return {
      idle_ms: idle.longest_ms,
      gap_ms: Math.max(seen.longest_ms, rest.longest_ms),
      grown_mb: toMb(seen.peak_kb),
      kept_mb: toMb(rest.peak_kb),
      came,
    };
  } finally {
    await stopAll();
  }
}

const caps = { MAX_SESSIONS_PER_ACCOUNT: '50', MAX_SOCKETS_PER_ADDRESS: '10000' };

interface Line {
  attack: Attack;
  idle_ms: number;
  gap_ms: number;
  cells: string[];
}

async function measure(server: string[], attack: Attack, rounds: number): Promise<Line> {
  const all: Round[] = [];
  for (let n = 0; n < rounds; n += 1) all.push(await runOnce(server, attack));
  const middle = (of: (round: Round) => number) => median(all.map(of));
  // An idle server is watched for a shorter time than one under attack: the longest wait of all rounds counts.
  const idle_ms = Math.max(...all.map((round) => round.idle_ms));
  const gap_ms = middle((round) => round.gap_ms);
  const came = Object.entries(all[0]?.came ?? {}).map(([what, n]) => `${n} × ${what}`);
  return {
    attack,
    idle_ms,
    gap_ms,
    cells: [
      attack.name,
      attack.by,
      formatNumber(idle_ms),
      formatNumber(gap_ms),
      formatNumber(gap_ms / idle_ms),
      formatNumber(middle((round) => round.grown_mb)),
      formatNumber(middle((round) => round.kept_mb)),
      came.join(', '),
    ],
  };
}

const HEADINGS = ['attack', 'by', 'idle ms', 'gap ms', 'gap/idle', 'peak MB', 'after MB', 'came'];

async function main(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      server: { type: 'string', default: SERVER },
      only: { type: 'string', default: '' },
      rounds: { type: 'string', default: '3' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const words = values.only.split(',').map((word) => word.trim());
  const chosen = attacks.filter(({ name }) => words.some((word) => name.includes(word)));
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds is a number from 1 on');
  if (chosen.length === 0) throw new Error(`no attack is named like ${values.only}`);
  if (values.list) {
    console.log(chosen.map(({ name, by }) => `${name} (${by})`).join('\n'));
    return 0;
  }
  const server = serverCommand(values.server);
  const head = formatHead(readHead());
  const lines: Line[] = [];
  const failed: string[] = [];
  for (const attack of chosen) {
    process.stderr.write(`${attack.name}\n`);
    try {
      lines.push(await measure(server, attack, rounds));
    } catch (error) {
      failed.push(`${attack.name}: ${readReason(error)}`);
    }
  }
  console.log(head);
  console.log(
    `\n${formatColumns(
      HEADINGS,
      lines.map(({ cells }) => cells),
      [2, 3, 4, 5, 6],
    )}\n`,
  );
  for (const { attack, idle_ms, gap_ms } of lines) {
    if (gap_ms <= LIMIT * idle_ms) continue;
    const [gap, idle] = [formatNumber(gap_ms), formatNumber(idle_ms)];
    failed.push(
      `${attack.name}: others waited ${gap} ms, above ${LIMIT} times the idle ${idle} ms`,
    );
  }
  for (const line of failed) console.log(`FAILED ${line}`);
  console.log(`${chosen.length - failed.length} held, ${failed.length} failed`);
  return failed.length === 0 ? 0 : 1;
}

await runCommand(main);

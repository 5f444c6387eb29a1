// Memory: what one idle identified session costs the server.
import { Listeners } from '../loaders';
import { openFileLimit, residentKb } from '../machine';
import type { Options } from '../options';
import type { Running } from '../processes';
import { formatNumber, type Row } from '../report';
import { startFloor, startWorld } from '../target';

const ACCOUNTS = 40;
const PROCESSES = 2;
const FILES_BESIDE = 300;
const SETTLE_MS = 4000;
/** The share of sessions that is opened before the first reading, so that code is warm. */
const WARM = 0.05;
const INTENTS = ['spaces', 'members', 'messages', 'message_reactions', 'message_typing'];

interface Figures {
  kb: number;
  opened_per_second: number;
}

export async function measureSessions(options: Options): Promise<Row[]> {
  const files = options.sessions + FILES_BESIDE;
  const limit = openFileLimit();
  if (files > limit) {
    throw new Error(
      `--sessions ${options.sessions} needs ${files} open files; this machine allows ${limit}`,
    );
  }
  const world = await startWorld(options.server, ACCOUNTS, files);
  const ours = await run(world, world.tokens, options.sessions);
  await world.stop();
  const bare = await startFloor('gateway.ts', {}, files);
  const floor = await run(bare, world.tokens, options.sessions);
  await bare.stop();
  const row: Row = {
    figure: `memory of an idle session, ${options.sessions} sessions`,
    ours: ours.kb,
    floor: floor.kb,
    unit: 'KB',
    better: 'less',
    note: `opened at ${formatNumber(ours.opened_per_second)}/s`,
  };
  return [row];
}

async function run(target: Running, tokens: string[], sessions: number): Promise<Figures> {
  const listeners = new Listeners(PROCESSES);
  const warm = Math.ceil(sessions * WARM);
  try {
    await listeners.open(target.port, tokens, INTENTS, warm);
    await Bun.sleep(SETTLE_MS / 2);
    const before = residentKb(target.pid);
    const begin = performance.now();
    await listeners.open(target.port, tokens, INTENTS, sessions - warm);
    const seconds = (performance.now() - begin) / 1000;
    await Promise.race([Bun.sleep(SETTLE_MS), listeners.failure]);
    return {
      kb: (residentKb(target.pid) - before) / (sessions - warm),
      opened_per_second: (sessions - warm) / seconds,
    };
  } finally {
    await listeners.stop();
  }
}

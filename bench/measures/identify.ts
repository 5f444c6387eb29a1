// IDENTIFY, one client after another: what a session costs until the client has all that it shows first.
import type { Figures, Measure, RowSpec, Subject } from '../contest';
import { type GatewayClient, identifyFrame, openGateway, quiet } from '../load/gateway-client';
import { watchCpu } from '../machine';
import { type Options, roundsOf } from '../options';
import type { Running } from '../processes';
import { formatNumber, median } from '../report';
import { settle } from '../settle';
import { addSpaces } from '../grow';
import { startFloor, startWorld } from '../target';
import { warmUp } from '../warm';

const MEMBERS = 21;
const SPACES = 60;
/** Sockets that are open at a time. */
const BATCH = 20;
/** What follows READY is sent within so long. */
const FOLLOWS_MS = 300;
export const INTENTS = ['spaces', 'members', 'messages', 'message_reactions', 'message_typing'];

export function identify(options: Options): Measure[] {
  const batches = options.isQuick ? 3 : 10;
  const open =
    (spaces: number): Measure['open'] =>
    async (server) => {
      const world = await startWorld(server, MEMBERS);
      await addSpaces(world, spaces - 1);
      await settle(world.pid);
      const { bytes } = await identifyOften(world, world.tokens, BATCH);
      const floor = async () => {
        const bare = await startFloor('gateway.ts', { FLOOR_READY_BYTES: `${bytes}` });
        return identifies(bare, world.tokens, batches);
      };
      return { ...identifies(world, world.tokens, batches), floors: { bare: floor } };
    };
  return [
    { rounds: roundsOf(options), rows: rows(`${MEMBERS} members`, 1), open: open(1) },
    {
      rounds: roundsOf(options),
      rows: rows(`${SPACES} spaces of ${MEMBERS} members`, 5),
      open: open(SPACES),
    },
  ];
}

function rows(size: string, aim_ms: number): RowSpec[] {
  const figure = `IDENTIFY, ${size}, server CPU each`;
  const note = ({ p50_ms = Number.NaN, bytes = Number.NaN }: Figures) =>
    `READY of ${formatNumber(bytes)} bytes after ${formatNumber(p50_ms)} ms`;
  const shared = { key: 'cpu_ms', unit: 'ms', better: 'less', beside: 'bare' } as const;
  return [{ figure, ...shared, aim: { value: aim_ms }, note }];
}

function identifies(running: Running, tokens: readonly string[], batches: number): Subject {
  let isWarm = false;
  return {
    async round() {
      if (!isWarm) await warmUp(running.pid, () => identifyOften(running, tokens, BATCH));
      isWarm = true;
      return identifyOften(running, tokens, batches * BATCH);
    },
    stop: () => running.stop(),
  };
}

/** Identifies so often, with all tokens in turn; what follows READY counts as well. */
export async function identifyOften(
  { port, pid }: Running,
  tokens: readonly string[],
  count: number,
): Promise<{ cpu_ms: number; p50_ms: number; bytes: number }> {
  let cpu = 0;
  const waits: number[] = [];
  let bytes = 0;
  for (let n = 0; n < count;) {
    const used = watchCpu(pid);
    const open: GatewayClient[] = [];
    for (let k = 0; k < BATCH && n < count; k += 1, n += 1) {
      const frame = identifyFrame(tokens[n % tokens.length] ?? '', INTENTS);
      const client = await openGateway(port, frame, 'ready', quiet());
      waits.push(client.took_ms);
      bytes = client.greeting_bytes;
      open.push(client);
    }
    await Bun.sleep(FOLLOWS_MS);
    cpu += used();
    for (const client of open) client.drop();
    await Bun.sleep(FOLLOWS_MS);
  }
  return { cpu_ms: (cpu * 1000) / count, p50_ms: median(waits), bytes };
}

// The longest turn: how long somebody waits for GET /health while everybody writes.
import type { Measure, Subject } from '../contest';
import { sentences } from '../data/words';
import { buildRequest } from '../load/responses';
import { runHttp } from '../loaders';
import { type Options, roundsOf } from '../options';
import type { Running } from '../processes';
import { startProber } from '../prober';
import { formatNumber } from '../report';
import { settle } from '../settle';
import { regrow, startFloor, startWorld } from '../target';

const ACCOUNTS = 8;
const CONNECTIONS = 16;
/** Messages that are there before: the index has segments that are costly to merge. */
const STORED = 100_000;
const TEXTS = 2000;
const IDLE_MS = 1000;

export function turn(options: Options): Measure[] {
  return [
    {
      rounds: roundsOf(options),
      rows: [
        {
          figure: `longest wait for /health while ${CONNECTIONS} connections write`,
          key: 'longest_ms',
          unit: 'ms',
          better: 'less',
          beside: 'two inserts',
          aim: { value: 10 },
          note: (ours, floor) => `${tell(ours)}${floor ? ` (floor ${tell(floor)})` : ''}`,
        },
      ],
      async open(server) {
        const begun = await startWorld(server, ACCOUNTS);
        const { space } = begun;
        const { world } = await regrow(server, begun, (rows) => {
          const where = { space, channels: rows.channels(space), authors: rows.accounts() };
          rows.addMessages(where, Math.min(STORED, options.stored));
        });
        await settle(world.pid);
        const texts = sentences(3);
        const requests = Array.from({ length: TEXTS }, (_, n) => {
          const token = world.tokens[n % world.tokens.length] ?? '';
          return buildRequest('POST', world.messages, token, { content: texts.next().value });
        });
        const floor = async () => waits(await startFloor('messages.ts'), requests, options);
        return { ...waits(world, requests, options), floors: { 'two inserts': floor } };
      },
    },
  ];
}

const tell = ({ per_second = Number.NaN, idle_ms = Number.NaN }) =>
  `at ${formatNumber(per_second)}/s; idle ${formatNumber(idle_ms)} ms`;

function waits(running: Running, requests: string[], options: Options): Subject {
  const { port, pid } = running;
  const load = { port, pid, connections: CONNECTIONS, requests, takes: 'next' } as const;
  const { warmup_ms, window_ms } = options;
  let isWarm = false;
  return {
    async round() {
      if (!isWarm) await runHttp({ ...load, until_warm: true, warmup_ms, window_ms });
      isWarm = true;
      const prober = await startProber(running);
      await prober.mark();
      await Bun.sleep(IDLE_MS);
      const idle = await prober.mark();
      const { per_second } = await runHttp({ ...load, warmup_ms, window_ms });
      const { longest_ms } = await prober.mark();
      await prober.stop();
      return { longest_ms, idle_ms: idle.longest_ms, per_second };
    },
    stop: () => running.stop(),
  };
}

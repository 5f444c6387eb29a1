// Memory: what one idle identified session costs the server, at once and after a rest.
import type { Measure, Subject } from '../contest';
import { Listeners } from '../loaders';
import { openFileLimit, residentKb } from '../machine';
import type { Options } from '../options';
import type { Running } from '../processes';
import { formatNumber } from '../report';
import { startFloor, startOurs, startWorld } from '../target';
import { INTENTS } from './identify';

const ACCOUNTS = 40;
const PROCESSES = 2;
const FILES_BESIDE = 300;
const SETTLE_MS = 4000;
/** The share of sessions that is opened before the first reading, so that code is warm. */
const WARM = 0.05;

export function sessions(options: Options): Measure[] {
  const files = options.sessions + FILES_BESIDE;
  const figure = `memory of an idle session, ${options.sessions} sessions`;
  const shared = { unit: 'KB', better: 'less', beside: 'bare' } as const;
  return [
    {
      rounds: 1,
      rows: [
        {
          figure: `${figure}, ${SETTLE_MS / 1000} s after`,
          key: 'early_kb',
          ...shared,
          note: ({ per_second = Number.NaN }) => `opened at ${formatNumber(per_second)}/s`,
        },
        {
          figure: `${figure}, ${options.rest_ms / 1000} s after`,
          key: 'late_kb',
          ...shared,
          aim: { value: 6 },
        },
      ],
      async open(server) {
        const limit = openFileLimit();
        if (files > limit) {
          throw new Error(
            `--sessions ${options.sessions} needs ${files} open files; this machine allows ${limit}`,
          );
        }
        const world = await startWorld(server, ACCOUNTS, files);
        await world.stop();
        const open = (start: () => Promise<Running>) => idles(start, world.tokens, options);
        const bare = () => Promise.resolve(open(() => startFloor('gateway.ts', {}, files)));
        return { ...open(() => startOurs(server, world.dir, files)), floors: { bare } };
      },
    },
  ];
}

/** In each round a program has just started, since memory does not come back whole. */
function idles(
  start: () => Promise<Running>,
  tokens: string[],
  { sessions, rest_ms }: Options,
): Subject {
  return {
    async round() {
      const running = await start();
      const listeners = new Listeners(PROCESSES);
      const warm = Math.ceil(sessions * WARM);
      const more = sessions - warm;
      try {
        await listeners.open(running.port, tokens, INTENTS, warm);
        await Bun.sleep(SETTLE_MS / 2);
        const before = residentKb(running.pid);
        const begin = performance.now();
        await listeners.open(running.port, tokens, INTENTS, more);
        const per_second = (more * 1000) / (performance.now() - begin);
        await Promise.race([Bun.sleep(SETTLE_MS), listeners.failure]);
        const early_kb = (residentKb(running.pid) - before) / more;
        const left_ms = Math.max(0, rest_ms - SETTLE_MS);
        await Promise.race([Bun.sleep(left_ms), listeners.failure]);
        const late_kb = (residentKb(running.pid) - before) / more;
        return { early_kb, late_kb, per_second };
      } finally {
        await listeners.stop();
        await running.stop();
      }
    },
    stop: () => Promise.resolve(),
  };
}

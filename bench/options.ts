// Reads the command line of the benchmarks into one plain value.
import { parseArgs } from 'node:util';
import { serverCommand } from './command';

/** The names that --only takes, in the order in which they run. */
export const MEASURES = [
  'start',
  'messages',
  'readers',
  'pages',
  'me',
  'deliveries',
  'resume',
  'reconnect',
  'sessions',
] as const;
export type MeasureName = (typeof MEASURES)[number];

export interface Options {
  /** The command that starts the server under test. */
  server: string[];
  only: readonly MeasureName[];
  /** Length of one measuring window, after its warm-up. */
  window_ms: number;
  warmup_ms: number;
  listeners: number;
  sessions: number;
  missed: number;
  /** How often a short thing (a start, a resume) is repeated; the median counts. */
  repeats: number;
}

export const USAGE = `bun bench/main.ts [options]
  --server PATH     a .ts file that bun runs, or a binary      (src/main.ts)
  --only A[,B]      ${MEASURES.join(' ')}
  --quick           shorter windows, fewer repeats, fewer sessions
  --seconds N       length of one measuring window             (4, quick 1.5)
  --listeners N     sockets that hear each message             (1000)
  --sessions N      idle identified sessions                   (10000, quick 2000)
  --missed N        events that a resuming client missed       (4000)`;

/** Throws an Error whose message is for a person. */
export function readOptions(argv: string[], standard: string): Options {
  const { values } = parseArgs({
    args: argv,
    options: {
      server: { type: 'string', default: standard },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      seconds: { type: 'string' },
      listeners: { type: 'string' },
      sessions: { type: 'string' },
      missed: { type: 'string' },
    },
  });
  const { quick } = values;
  return {
    server: serverCommand(values.server),
    only: readNames(values.only),
    window_ms: readNumber('seconds', values.seconds, quick ? 1.5 : 4, 0.5, 30) * 1000,
    warmup_ms: quick ? 500 : 1000,
    listeners: Math.floor(readNumber('listeners', values.listeners, 1000, 2, 5000)),
    sessions: Math.floor(
      readNumber('sessions', values.sessions, quick ? 2000 : 10_000, 100, 40_000),
    ),
    missed: Math.floor(readNumber('missed', values.missed, 4000, 1, 9000)),
    repeats: quick ? 3 : 9,
  };
}

function readNames(only: string | undefined): readonly MeasureName[] {
  if (only === undefined) return MEASURES;
  const asked = only.split(',').map((name) => name.trim());
  const unknown = asked.filter((name) => !MEASURES.some((known) => known === name));
  if (unknown.length > 0) {
    throw new Error(`--only does not know ${unknown.join(', ')}; it knows ${MEASURES.join(', ')}`);
  }
  return MEASURES.filter((name) => asked.includes(name));
}

function readNumber(
  name: string,
  given: string | undefined,
  fallback: number,
  min: number,
  max: number,
): number {
  const value = given === undefined ? fallback : Number(given);
  if (!(value >= min && value <= max)) {
    throw new Error(`--${name} is a number from ${min} to ${max}, not ${given}`);
  }
  return value;
}

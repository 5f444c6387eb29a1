// Reads the command line of the benchmarks into one plain value.
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { serverCommand } from './command';

/** The names that --only takes, in the order in which they run. */
export const MEASURES = [
  'start',
  'messages',
  'pages',
  'me',
  'search',
  'identify',
  'storm',
  'deliveries',
  'resume',
  'reconnect',
  'turn',
  'memory',
  'sessions',
] as const;
export type MeasureName = (typeof MEASURES)[number];

export interface Options {
  /** The command that starts the server under test. */
  server: readonly string[];
  /** The one that it is compared with; null where it stands beside its floors. */
  other: readonly string[] | null;
  only: readonly MeasureName[];
  /** How often each figure is measured; null where each measure decides. */
  rounds: number | null;
  /** Length of the window of one round, and of what comes before it uncounted. */
  window_ms: number;
  warmup_ms: number;
  /** How long memory is left alone before it is read once more. */
  rest_ms: number;
  listeners: number;
  sessions: number;
  clients: number;
  missed: number;
  /** Messages that are there before one searches, and that are posted before memory is read. */
  stored: number;
  posted: number;
  isQuick: boolean;
  /** Writes the table into the page of the documents. */
  docs: boolean;
}

/** What a measure does unless it says otherwise. */
export const roundsOf = ({ isQuick }: Pick<Options, 'isQuick'>) => (isQuick ? 3 : 5);
/** The same for what takes long. */
export const fewRoundsOf = ({ isQuick }: Pick<Options, 'isQuick'>) => (isQuick ? 1 : 3);

export const USAGE = `bun bench/main.ts [options]
  --server PATH     a .ts file that bun runs, or a binary         (src/main.ts)
  --compare DIR     another checkout, or another such file: both servers in turns, no floors
  --only A[,B]      ${MEASURES.slice(0, 7).join(' ')}
                    ${MEASURES.slice(7).join(' ')}
  --quick           shorter windows, fewer rounds, smaller masses
  --rounds N        how often each figure is measured             (by measure)
  --seconds N       length of all windows of a figure together    (4, quick 1.5)
  --rest N          seconds until memory is read once more        (60, quick 10)
  --listeners N     sockets that hear each message                (1000)
  --sessions N      idle identified sessions                      (10000, quick 2000)
  --clients N       clients that identify, or resume, at once     (2000)
  --missed N        events that a resuming client missed          (4000)
  --stored N        messages among which one searches             (1000000, quick 100000)
  --posted N        messages that are posted before memory is read  (100000)
  --docs            writes the table into docs/benchmarks.md
  --help            shows this`;

/** Throws an Error whose message is for a person. */
export function readOptions(argv: string[], standard: string): Options {
  const { values } = parseArgs({
    args: argv,
    options: {
      server: { type: 'string', default: standard },
      compare: { type: 'string' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      rest: { type: 'string' },
      listeners: { type: 'string' },
      sessions: { type: 'string' },
      clients: { type: 'string' },
      missed: { type: 'string' },
      stored: { type: 'string' },
      posted: { type: 'string' },
      docs: { type: 'boolean', default: false },
    },
  });
  const { quick } = values;
  const whole = (name: NumberName, fallback: number, min: number, max: number) =>
    Math.floor(readNumber(name, values[name], fallback, min, max));
  const rounds = values.rounds === undefined ? null : whole('rounds', 0, 1, 100);
  const seconds = readNumber('seconds', values.seconds, quick ? 1.5 : 4, 0.1, 120);
  if (values.docs && values.compare !== undefined) {
    throw new Error('--docs writes the table beside the floors; it does not go with --compare');
  }
  return {
    server: serverCommand(values.server),
    other: values.compare === undefined ? null : serverCommand(mainOf(values.compare)),
    only: readNames('only', MEASURES, values.only),
    rounds,
    window_ms: (seconds * 1000) / (rounds ?? roundsOf({ isQuick: quick })),
    warmup_ms: Math.min(quick ? 125 : 250, seconds * 1000),
    rest_ms: readNumber('rest', values.rest, quick ? 10 : 60, 0, 600) * 1000,
    listeners: whole('listeners', 1000, 2, 5000),
    sessions: whole('sessions', quick ? 2000 : 10_000, 100, 40_000),
    clients: whole('clients', 2000, 10, 2400),
    missed: whole('missed', 4000, 1, 9000),
    stored: whole('stored', quick ? 100_000 : 1_000_000, 1000, 10_000_000),
    posted: whole('posted', 100_000, 100, 10_000_000),
    isQuick: quick,
    docs: values.docs,
  };
}

type NumberName = 'rounds' | 'listeners' | 'sessions' | 'clients' | 'missed' | 'stored' | 'posted';

/** The program of a checkout; a file stands for itself. */
function mainOf(path: string): string {
  if (!existsSync(path)) throw new Error(`--compare: there is no ${path}`);
  if (!statSync(path).isDirectory()) return path;
  const main = join(resolve(path), 'src/main.ts');
  if (!existsSync(main))
    throw new Error(`--compare: ${path} is no checkout, it has no src/main.ts`);
  return main;
}

/** Some names out of a list, in its order; all of them if none are given. */
export function readNames<T extends string>(
  option: string,
  known: readonly T[],
  given: string | undefined,
): readonly T[] {
  if (given === undefined) return known;
  const asked = given.split(',').map((name) => name.trim());
  const unknown = asked.filter((name) => !known.some((one) => one === name));
  if (unknown.length > 0) {
    throw new Error(
      `--${option} does not know ${unknown.join(', ')}; it knows ${known.join(', ')}`,
    );
  }
  return known.filter((name) => asked.includes(name));
}

/** A number within bounds, or what holds if none is given. */
export function readNumber(
  name: string,
  given: string | undefined,
  fallback: number,
  min: number,
  max: number,
): number {
  const value = given === undefined ? fallback : given === '' ? Number.NaN : Number(given);
  if (!(value >= min && value <= max)) {
    throw new Error(`--${name} is a number from ${min} to ${max}, not ${given}`);
  }
  return value;
}

// How costs grow with the size of a server: each operation on a small one, and with one factor grown.
import { parseArgs } from 'node:util';
import {
  formatHead,
  readHead,
  readReason,
  ROOT,
  runCommand,
  SERVER,
  serverCommand,
} from './command';
import { writeDocs } from './docs';
import { type Cost, OPERATIONS, type Timing } from './growth/operations';
import { drawGrowth, type Mark, type Panel } from './growth/plot';
import { type Factor, FACTORS, growTo, nameOf, type Step, stepsOf } from './growth/sizes';
import { readNames, readNumber } from './options';
import { stopAll } from './processes';
import {
  formatMarkdown,
  formatNumber,
  formatPercent,
  formatTable,
  median,
  spreadOf,
  type Table,
} from './report';
import { settle } from './settle';

const USAGE = `bun bench/growth.ts [options]
  --server PATH   a .ts file that bun runs, or a binary            (src/main.ts)
  --grow A[,B]    ${FACTORS.join(' ')}
  --only A[,B]    operations whose name contains one of the words
  --share N       grows each to this share of its largest size     (1, quick 0.1)
  --seconds N     length of all windows of a figure together       (1.2, quick 0.6)
  --rounds N      windows of a figure; the middle one counts       (3)
  --quick         smaller sizes, shorter windows
  --plot FILE     writes the plot as SVG
  --docs          writes table and plot into docs/benchmarks.md, docs/growth.svg
  --help          shows this`;

/** By operation and step, what each round found. */
type Found = Map<string, Map<Step, Cost[]>>;
type Kind = keyof Cost;

interface Wish {
  server: readonly string[];
  steps: readonly Step[];
  operations: readonly string[];
  rounds: number;
  timing: Timing;
  plot: string | null;
  docs: boolean;
}

function readWish(argv: string[]): Wish {
  const { values } = parseArgs({
    args: argv,
    options: {
      server: { type: 'string', default: SERVER },
      grow: { type: 'string' },
      only: { type: 'string', default: '' },
      share: { type: 'string' },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      plot: { type: 'string' },
      docs: { type: 'boolean', default: false },
    },
  });
  const { quick } = values;
  const factors = readNames<Factor>('grow', FACTORS, values.grow);
  const words = values.only.split(',').map((word) => word.trim());
  const operations = Object.keys(OPERATIONS).filter((name) =>
    words.some((word) => name.includes(word)),
  );
  if (operations.length === 0) throw new Error(`no operation is named like ${values.only}`);
  const rounds = Math.floor(readNumber('rounds', values.rounds, 3, 1, 3));
  const seconds = readNumber('seconds', values.seconds, quick ? 0.6 : 1.2, 0.1, 60);
  return {
    server: serverCommand(values.server),
    steps: stepsOf(factors, readNumber('share', values.share, quick ? 0.1 : 1, 0.001, 1)),
    operations,
    rounds,
    timing: { warmup_ms: quick ? 300 : 600, window_ms: (seconds * 1000) / rounds },
    plot: values.docs ? `${ROOT}/docs/growth.svg` : (values.plot ?? null),
    docs: values.docs,
  };
}

async function measureAll({ server, steps, operations, rounds, timing }: Wish) {
  const found: Found = new Map(operations.map((name) => [name, new Map()]));
  let failures = 0;
  const failed = (what: string, error: unknown) => {
    failures++;
    process.stderr.write(`${what} failed: ${readReason(error)}\n`);
  };
  for (const step of steps) {
    process.stderr.write(`${nameOf(step)}\n`);
    try {
      const grown = await growTo(server, step.size);
      for (const name of operations) {
        try {
          await settle(grown.world.pid);
          const run = await OPERATIONS[name]?.(grown, timing);
          const costs: Cost[] = [];
          for (let n = 0; run && n < rounds; n += 1) costs.push(await run());
          found.get(name)?.set(step, costs);
        } catch (error) {
          failed(`${name} with ${nameOf(step)}`, error);
        }
      }
      await grown.listeners.stop();
    } catch (error) {
      failed(nameOf(step), error);
    } finally {
      await stopAll();
    }
  }
  return { found, failures };
}

const middle = (costs: readonly Cost[], kind: Kind) => median(costs.map((cost) => cost[kind]));

/** Microseconds of each operation on the small server, and on the grown ones with how much more that is. */
function tableOf(found: Found, steps: readonly Step[], kind: Kind): Table {
  const lines = [...found].map(([name, byStep]) => {
    const small = smallOf(byStep, steps, kind);
    const spreads: number[] = [];
    const cells = steps.map((step) => {
      const costs = byStep.get(step);
      if (costs === undefined) return '-';
      spreads.push(spreadOf(costs.map((cost) => cost[kind])));
      const value = middle(costs, kind);
      return step.factor === null
        ? formatNumber(value)
        : `${formatNumber(value)} (×${(value / small).toFixed(1)})`;
    });
    return [name, ...cells, `± ${formatPercent(median(spreads))}`];
  });
  const headings = ['us each', ...steps.map(nameOf), 'rounds differ'];
  return { headings, lines, numbers: steps.map((_, n) => n + 1) };
}

function smallOf(byStep: ReadonlyMap<Step, Cost[]>, steps: readonly Step[], kind: Kind): number {
  const small = steps.find(({ factor }) => factor === null);
  return middle((small && byStep.get(small)) ?? [], kind);
}

/** What one request costs the server, as times of what it costs on the small one. */
function draw(found: Found, steps: readonly Step[]): string {
  const grown = steps.filter(({ factor }) => factor !== null);
  const marks = grown.map((step, n): Mark => ({
    name: nameOf(step),
    colour: FACTORS.findIndex((factor) => factor === step.factor),
    isHollow: grown[n + 1]?.factor === step.factor,
  }));
  const panels = [...found].map(([title, byStep]): Panel => {
    const small = smallOf(byStep, steps, 'cpu_us');
    const ratios = grown.map((step) => {
      const costs = byStep.get(step);
      return costs === undefined ? null : middle(costs, 'cpu_us') / small;
    });
    return { title, subtitle: `${formatNumber(small)} us on the small server`, ratios };
  });
  return drawGrowth('Server CPU of a request, beside that on a small server', marks, panels);
}

async function main(argv: string[]): Promise<number> {
  if (argv.includes('--help')) {
    console.log(USAGE);
    return 0;
  }
  const wish = readWish(argv);
  const head = readHead();
  head.push(['command', ['bun bench/growth.ts', ...argv].join(' ')]);
  const begin = performance.now();
  const { found, failures } = await measureAll(wish);
  head.push(['took', `${Math.round((performance.now() - begin) / 1000)} s`]);
  const [cpu, wall] = [tableOf(found, wish.steps, 'cpu_us'), tableOf(found, wish.steps, 'wall_us')];
  console.log(`${formatHead(head)}\n\nserver CPU\n\n${formatTable(cpu)}`);
  console.log(`\nfrom the request to its answer, one at a time\n\n${formatTable(wall)}`);
  if (wish.plot !== null) await Bun.write(wish.plot, draw(found, wish.steps));
  if (wish.docs) {
    const both = `![Server CPU of each operation, as times of that on a small server](growth.svg)\n\n**Server CPU**\n\n${formatMarkdown(cpu)}\n\n**From the request to its answer**, one at a time\n\n${formatMarkdown(wall)}`;
    await writeDocs('growth', head, both);
  }
  return failures === 0 ? 0 : 1;
}

await runCommand(main);

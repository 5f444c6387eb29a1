// The benchmarks: measures a real server process beside its floors and prints one table.
import { relative } from 'node:path';
import { formatHead, readHead, readReason, ROOT, runCommand, SERVER } from './command';
import { checkoutOf } from './build';
import { type Measure, runBesideFloors, runPair } from './contest';
import { writeDocs } from './docs';
import { describeCommit } from './machine';
import { deliveries } from './measures/deliveries';
import { identify } from './measures/identify';
import { memory } from './measures/memory';
import { messages } from './measures/messages';
import { me, pages } from './measures/reads';
import { reconnect } from './measures/reconnect';
import { resume } from './measures/resume';
import { search } from './measures/search';
import { sessions } from './measures/sessions';
import { start } from './measures/start';
import { storm } from './measures/storm';
import { turn } from './measures/turn';
import { type MeasureName, type Options, readOptions, USAGE } from './options';
import { stopAll } from './processes';
import {
  formatMarkdown,
  formatTable,
  isMet,
  type Pair,
  pairTable,
  type Row,
  tableOf,
} from './report';

const measures: Record<MeasureName, (options: Options) => Measure[]> = {
  start,
  messages,
  pages,
  me,
  search,
  identify,
  storm,
  deliveries,
  resume,
  reconnect,
  turn,
  memory,
  sessions,
};

async function main(argv: string[]): Promise<number> {
  if (argv.includes('--help')) {
    console.log(USAGE);
    return 0;
  }
  const options = readOptions(argv, SERVER);
  const head = readHead();
  head.push(['server', describeServer(options.server)]);
  if (options.other !== null) {
    const commit = describeCommit(checkoutOf(options.other) ?? ROOT);
    head.push(['there', `${describeServer(options.other)}, commit ${commit}`]);
  }
  head.push(['command', ['bun bench/main.ts', ...argv].join(' ')]);
  const begin = performance.now();
  const { rows, pairs, failures } = await measureAll(options);
  head.push(['took', `${Math.round((performance.now() - begin) / 1000)} s`]);
  if (options.other === null) {
    const met = rows.map(isMet).filter((met) => met !== null);
    head.push(['aims', `${met.filter(Boolean).length} of ${met.length} are met`]);
  }
  const table = options.other === null ? tableOf(rows) : pairTable(pairs);
  console.log(`${formatHead(head)}\n\n${formatTable(table)}`);
  if (options.docs) await writeDocs('table', head, formatMarkdown(table));
  return failures === 0 ? 0 : 1;
}

async function measureAll(options: Options) {
  const { server, other } = options;
  const rows: Row[] = [];
  const pairs: Pair[] = [];
  let failures = 0;
  for (const name of options.only) {
    process.stderr.write(`measuring ${name}\n`);
    const begin = performance.now();
    for (const one of measures[name](options)) {
      const measure = { ...one, rounds: options.rounds ?? one.rounds };
      try {
        if (other === null) rows.push(...(await runBesideFloors(measure, server)));
        else pairs.push(...(await runPair(measure, server, other)));
      } catch (error) {
        // One figure that cannot be had does not cost the others; the run fails at its end.
        failures++;
        process.stderr.write(`${name} failed: ${readReason(error)}\n`);
      } finally {
        await stopAll();
      }
    }
    process.stderr.write(`  took ${Math.round((performance.now() - begin) / 1000)} s\n`);
  }
  return { rows, pairs, failures };
}

function describeServer(command: readonly string[]): string {
  const words = command.map((word) => (word === process.execPath ? 'bun' : word));
  return words.map((word) => (word.startsWith('/') ? relative(ROOT, word) : word)).join(' ');
}

await runCommand(main);

// The benchmarks: measures a real server process beside its floors and prints one table.
import { relative } from 'node:path';
import { formatHead, readHead, readReason, ROOT, runCommand, SERVER } from './command';
import { measureDeliveries } from './measures/deliveries';
import { measureMessages } from './measures/messages';
import { measureReaders } from './measures/readers';
import { measureMe, measurePages } from './measures/reads';
import { measureReconnect } from './measures/reconnect';
import { measureResume } from './measures/resume';
import { measureSessions } from './measures/sessions';
import { measureStart } from './measures/start';
import { type MeasureName, type Options, readOptions, USAGE } from './options';
import { stopAll } from './processes';
import { formatTable, type Row } from './report';

const measures: Record<MeasureName, (options: Options) => Promise<Row[]>> = {
  start: measureStart,
  messages: measureMessages,
  readers: measureReaders,
  pages: measurePages,
  me: measureMe,
  deliveries: measureDeliveries,
  resume: measureResume,
  reconnect: measureReconnect,
  sessions: measureSessions,
};

async function main(argv: string[]): Promise<number> {
  if (argv.includes('--help')) {
    console.log(USAGE);
    return 0;
  }
  const options = readOptions(argv, SERVER);
  const head = readHead();
  head.push(['server', describeServer(options.server)]);
  head.push(['command', ['bun bench/main.ts', ...argv].join(' ')]);
  const rows: Row[] = [];
  let failures = 0;
  const begin = performance.now();
  for (const name of options.only) {
    process.stderr.write(`measuring ${name}\n`);
    try {
      rows.push(...(await measures[name](options)));
    } catch (error) {
      // One figure that cannot be had does not cost the others; the run fails at its end.
      failures++;
      process.stderr.write(`${name} failed: ${readReason(error)}\n`);
    } finally {
      await stopAll();
    }
  }
  head.push(['took', `${Math.round((performance.now() - begin) / 1000)} s`]);
  console.log(formatHead(head));
  console.log(`\n${formatTable(rows)}`);
  return failures === 0 ? 0 : 1;
}

function describeServer(command: string[]): string {
  const words = command.map((word) => (word === process.execPath ? 'bun' : word));
  return words.map((word) => (word.startsWith('/') ? relative(ROOT, word) : word)).join(' ');
}

await runCommand(main, USAGE);

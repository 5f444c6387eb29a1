// Start: from the creation of the process to the first 200 of /health, and then of the API.
import { binaryOf, compileFloor } from '../build';
import type { Measure, RowSpec, Subject } from '../contest';
import { buildRequest, openConnection } from '../load/responses';
import type { Options } from '../options';
import { freePort, makeDir, startServer } from '../processes';
import { type Aim, formatNumber } from '../report';
import { settings } from '../target';

const REPEATS = 9;
const QUICK_REPEATS = 3;
/** An endpoint that needs no token. */
const ENDPOINT = '/api/v1/gateway';

export function start({ server, isQuick }: Options): Measure[] {
  const rounds = isQuick ? QUICK_REPEATS : REPEATS;
  const binary: Measure = {
    rows: rows('binary', { value: 50 }),
    rounds,
    open: async (server) => ({
      ...starts([await binaryOf(server), 'serve'], ENDPOINT),
      floors: { hello: async () => starts([compileFloor('hello.ts')], '/') },
    }),
  };
  const source: Measure = {
    rows: rows('bun source'),
    rounds,
    open: async (server) => ({
      ...starts(server, ENDPOINT),
      floors: {
        hello: async () => starts([process.execPath, `${import.meta.dir}/../floor/hello.ts`], '/'),
      },
    }),
  };
  return server.some((word) => word.endsWith('.ts')) ? [source, binary] : [binary];
}

/** The aim is for a database that is there. */
function rows(program: string, aim?: Aim): RowSpec[] {
  const shared = { unit: 'ms', better: 'less', beside: 'hello' } as const;
  const figure = `start to the first 200, ${program}`;
  const says = (key: string): Pick<RowSpec, 'key' | 'note'> => ({
    key: `${key} health`,
    note: (ours) => `an endpoint answers at ${formatNumber(ours[`${key} api`] ?? Number.NaN)} ms`,
  });
  return [
    { figure: `${figure}, new database`, ...says('new'), ...shared },
    { figure: `${figure}, database there`, ...says('there'), ...shared, aim },
  ];
}

/** Starts a program on a new database, and on one that it has made before. */
function starts(command: readonly string[], path: string): Subject {
  let kept: string | null = null;
  return {
    async round() {
      if (kept === null) {
        kept = makeDir();
        await startOnce(command, kept, path);
      }
      const fresh = await startOnce(command, makeDir(), path);
      const again = await startOnce(command, kept, path);
      return {
        'new health': fresh.health_ms,
        'new api': fresh.api_ms,
        'there health': again.health_ms,
        'there api': again.api_ms,
      };
    },
    stop: () => Promise.resolve(),
  };
}

async function startOnce(command: readonly string[], dir: string, path: string) {
  const port = freePort();
  const begin = performance.now();
  const running = await startServer({ command, port, dir, env: settings(port, dir) });
  const health_ms = performance.now() - begin;
  await ask(port, path);
  const api_ms = performance.now() - begin;
  await running.stop();
  return { health_ms, api_ms };
}

async function ask(port: number, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const heard = { answered: () => resolve(), failed: reject };
  const connection = await openConnection(port, heard);
  connection.send(Buffer.from(buildRequest('GET', path, '')));
  await promise;
  connection.close();
}

// A restart: all clients lose their line at once, and come back by RESUME.
import type { Measure, Subject } from '../contest';
import {
  type Greeting,
  identifyFrame,
  openGateway,
  quiet,
  resumeFrame,
} from '../load/gateway-client';
import { openFileLimit, watchCpu } from '../machine';
import { fewRoundsOf, type Options } from '../options';
import type { Running } from '../processes';
import {
  captureFrame,
  messageRequests,
  postAll,
  startFloor,
  startOurs,
  startWorld,
} from '../target';
import { INTENTS } from './identify';

const ACCOUNTS = 40;
const MISSED = 20;
const AT_ONCE = 50; // handshakes in progress before the restart; afterwards all come at once
const FILES_BESIDE = 300;
/** What was begun is on disk by then. */
const REST_MS = 1000;

export function reconnect(options: Options): Measure[] {
  const files = options.clients + FILES_BESIDE;
  const figure = `${options.clients} clients resume after a restart`;
  const note = () => `kill -9, then ${MISSED} events missed by each`;
  const shared = { unit: 's', better: 'less', beside: 'bare' } as const;
  return [
    {
      rounds: fewRoundsOf(options),
      rows: [
        { figure, key: 'seconds', ...shared, note },
        { figure: `${figure}, server CPU`, key: 'cpu', ...shared },
      ],
      async open(server) {
        if (files > openFileLimit()) {
          throw new Error(`this machine does not allow ${files} open files`);
        }
        const world = await startWorld(server, ACCOUNTS, files);
        const frame = await captureFrame(world);
        const clients = await identifyAll(world.port, world.tokens, options.clients);
        await Bun.sleep(REST_MS);
        await world.stop();
        const requests = messageRequests(world).slice(0, 1);
        const again = async () => {
          const running = await startOurs(server, world.dir, files);
          await postAll(running.port, requests, MISSED);
          return running;
        };
        const settings = { FLOOR_FRAME: frame, FLOOR_MISSED: `${MISSED}` };
        const bare = () => Promise.resolve(comebacks(startBare, clients));
        const startBare = () => startFloor('gateway.ts', settings, files);
        return { ...comebacks(again, clients), floors: { bare } };
      },
    },
  ];
}

interface Client {
  token: string;
  greeting: Greeting;
}

async function identifyAll(
  port: number,
  tokens: readonly string[],
  count: number,
): Promise<Client[]> {
  const clients: Client[] = [];
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const token = tokens[next++ % tokens.length] ?? '';
      const identify = identifyFrame(token, INTENTS);
      const { greeting } = await openGateway(port, identify, 'ready', quiet());
      clients.push({ token, greeting });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return clients;
}

/** In each round the server has restarted, and all come back at once until the last has what it missed. */
function comebacks(start: () => Promise<Running>, before: readonly Client[]): Subject {
  let clients = before;
  return {
    async round() {
      const running = await start();
      const used = watchCpu(running.pid);
      const begin = performance.now();
      clients = await Promise.all(clients.map((client) => resumeOne(running.port, client)));
      const figures = { seconds: (performance.now() - begin) / 1000, cpu: used() };
      await running.stop();
      return figures;
    },
    stop: () => Promise.resolve(),
  };
}

async function resumeOne(port: number, { token, greeting }: Client): Promise<Client> {
  const { data, seq = 0 } = greeting;
  const heard = quiet();
  const frame = resumeFrame(token, data?.session_id ?? '', seq);
  const client = await openGateway(port, frame, 'resumed', heard);
  const replayed = heard.tally.frames - 1; // the last one is `resumed` itself
  if (replayed < MISSED) throw new Error(`a client got ${replayed} of ${MISSED} events`);
  return { token, greeting: client.greeting };
}

// A restart: all clients lose their line at once, and come back by RESUME.
import { type Greeting, identifyFrame, openGateway, resumeFrame } from '../load/gateway-client';
import { openFileLimit } from '../machine';
import type { Options } from '../options';
import type { Row } from '../report';
import {
  captureFrame,
  messageRequests,
  postAll,
  startFloor,
  startOurs,
  startWorld,
} from '../target';

const CLIENTS = 2000;
const ACCOUNTS = 40;
const MISSED = 20;
const AT_ONCE = 50; // handshakes in progress before the restart; afterwards all come at once
const FILES = CLIENTS + 300;
const INTENTS = ['spaces', 'members', 'messages', 'message_reactions', 'message_typing'];

export async function measureReconnect({ server }: Options): Promise<Row[]> {
  if (FILES > openFileLimit()) throw new Error(`this machine does not allow ${FILES} open files`);
  const world = await startWorld(server, ACCOUNTS, FILES);
  const frame = await captureFrame(world);
  const clients = await identify(world.port, world.tokens);
  await Bun.sleep(1000);
  await world.stop();
  const again = await startOurs(server, world.dir, FILES);
  const request = Buffer.from(messageRequests(world)[0] ?? '');
  await postAll(again.port, request, MISSED);
  const ours = await resumeAll(again.port, clients);
  await again.stop();
  const settings = { FLOOR_FRAME: frame, FLOOR_MISSED: `${MISSED}` };
  const bare = await startFloor('gateway.ts', settings, FILES);
  const floor = await resumeAll(bare.port, clients);
  await bare.stop();
  const figure = `${CLIENTS} clients resume after a restart`;
  const note = `kill -9, then ${MISSED} events missed by each`;
  return [{ figure, ours, floor, unit: 's', better: 'less', note }];
}

interface Client {
  token: string;
  greeting: Greeting;
}

async function identify(port: number, tokens: readonly string[]): Promise<Client[]> {
  const clients: Client[] = [];
  let next = 0;
  const lane = async () => {
    while (next < CLIENTS) {
      const token = tokens[next++ % tokens.length] ?? '';
      const heard = { tally: { frames: 0 }, lost() {} };
      const { greeting } = await openGateway(port, identifyFrame(token, INTENTS), 'ready', heard);
      clients.push({ token, greeting });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return clients;
}

/** All come back at once; returns the seconds until the last one has what it missed. */
async function resumeAll(port: number, clients: readonly Client[]): Promise<number> {
  const begin = performance.now();
  await Promise.all(
    clients.map(async ({ token, greeting: { data, seq = 0 } }) => {
      const heard = { tally: { frames: 0 }, lost() {} };
      const frame = resumeFrame(token, data?.session_id ?? '', seq);
      await openGateway(port, frame, 'resumed', heard);
      const replayed = heard.tally.frames - 1; // the last one is `resumed` itself
      if (replayed < MISSED) throw new Error(`a client got ${replayed} of ${MISSED} events`);
    }),
  );
  return (performance.now() - begin) / 1000;
}

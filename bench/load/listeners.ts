// A process that holds many identified gateway connections and counts what they hear.
import { ListenJob, wallClock_ms } from '../jobs';
import { type GatewayClient, identifyFrame, openGateway } from './gateway-client';

const AT_ONCE = 50; // handshakes in progress
const HEARTBEAT_MS = 40_000;

const clients: GatewayClient[] = [];
const tally = { frames: 0 };
let reported = 0;
let planned = false;

/** Tells each time when another frame came on every socket, at most once a turn of the loop. */
function report(): void {
  planned = false;
  const { frames } = tally;
  if (Math.floor(frames / clients.length) === Math.floor(reported / clients.length)) return;
  reported = frames;
  process.send?.({ frames, at_ms: wallClock_ms() });
}

function heardChunk(): void {
  if (planned) return;
  planned = true;
  setImmediate(report);
}

const heard = { tally, chunk: heardChunk, lost };

function lost(error: Error): void {
  process.send?.({ failed: error.message });
}

async function open(job: ListenJob): Promise<void> {
  const identifies = job.tokens.map((token) => identifyFrame(token, job.intents));
  let next = 0;
  async function lane(): Promise<void> {
    while (next < job.sockets) {
      const identify = identifies[next++ % identifies.length];
      if (identify === undefined) throw new Error('no token to identify with');
      clients.push(await openGateway(job.port, identify, 'ready', heard));
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, job.sockets) }, lane));
  await Bun.sleep(500); // what follows READY
  tally.frames = 0;
  reported = 0;
  process.send?.({ opened: clients.length });
}

setInterval(() => {
  for (const client of clients) client.heartbeat();
}, HEARTBEAT_MS);
process.on('disconnect', () => process.exit());
process.on('message', (message) => {
  open(ListenJob.parse(message)).catch(lost);
});

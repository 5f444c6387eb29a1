// RESUME: a session whose connection dropped gets what it missed, and how long that takes.
import type { Options } from '../options';
import type { Running } from '../processes';
import { median, type Row } from '../report';
import { type Greeting, identifyFrame, openGateway, resumeFrame } from '../load/gateway-client';
import { captureFrame, messageRequests, postAll, startFloor, startWorld } from '../target';

const REPEATS = 5;

export async function measureResume({ server, missed }: Options): Promise<Row[]> {
  const world = await startWorld(server, 2);
  const [, token = ''] = world.tokens;
  const [request = ''] = messageRequests(world);
  const frame = await captureFrame(world);
  const identify = identifyFrame(token, ['messages']);
  const client = await openGateway(world.port, identify, 'ready', quiet());
  client.drop();
  await postAll(world.port, Buffer.from(request), missed);
  const ours = await resumeOften(world, token, client.greeting, missed);
  await world.stop();
  const bare = await startFloor('gateway.ts', { FLOOR_FRAME: frame, FLOOR_MISSED: `${missed}` });
  const floor = await resumeOften(bare, token, client.greeting, missed);
  await bare.stop();
  const figure = `RESUME with ${missed} missed events`;
  return [{ figure, ours, floor, unit: 'ms', better: 'less', note: `median of ${REPEATS}` }];
}

/** Resumes from the same place again and again; each time all of it has to come again. */
async function resumeOften(
  { port }: Running,
  token: string,
  { data, seq = 0 }: Greeting,
  missed: number,
): Promise<number> {
  const frame = resumeFrame(token, data?.session_id ?? '', seq);
  const times: number[] = [];
  for (let n = 0; n < REPEATS; n++) {
    const heard = quiet();
    const client = await openGateway(port, frame, 'resumed', heard);
    const replayed = heard.tally.frames - 1; // the last one is `resumed` itself
    client.drop();
    if (replayed !== missed) {
      throw new Error(`RESUME brought ${replayed} events where ${missed} were missed`);
    }
    times.push(client.took_ms);
    await Bun.sleep(100); // until the server has seen the drop
  }
  return median(times);
}

function quiet() {
  return { tally: { frames: 0 }, lost() {} };
}

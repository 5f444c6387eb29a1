// RESUME: a session whose connection dropped gets what it missed, and how long that takes.
import type { Measure, Subject } from '../contest';
import { type Options, roundsOf } from '../options';
import type { Running } from '../processes';
import {
  type Greeting,
  identifyFrame,
  openGateway,
  quiet,
  resumeFrame,
} from '../load/gateway-client';
import { watchCpu } from '../machine';
import { captureFrame, messageRequests, postAll, startFloor, startWorld } from '../target';
import { warmUp } from '../warm';

/** Until the server has seen that a line is gone. */
const GONE_MS = 100;

export function resume(options: Options): Measure[] {
  const { missed } = options;
  const figure = `RESUME with ${missed} missed events`;
  const shared = { better: 'less', beside: 'bare' } as const;
  return [
    {
      rounds: roundsOf(options),
      rows: [
        { figure, key: 'took_ms', unit: 'ms', ...shared, aim: { ratio: 2 } },
        { figure: `${figure}, server CPU each`, key: 'cpu_ms', unit: 'ms', ...shared },
      ],
      async open(server) {
        const world = await startWorld(server, 2);
        const [, token = ''] = world.tokens;
        const frame = await captureFrame(world);
        const identify = identifyFrame(token, ['messages']);
        const client = await openGateway(world.port, identify, 'ready', quiet());
        client.drop();
        await postAll(world.port, messageRequests(world).slice(0, 1), missed);
        const again = (running: Running) => resumes(running, token, client.greeting, missed);
        const bare = async () =>
          again(await startFloor('gateway.ts', { FLOOR_FRAME: frame, FLOOR_MISSED: `${missed}` }));
        return { ...again(world), floors: { bare } };
      },
    },
  ];
}

/** Resumes from the same place again and again; each time all of it has to come again. */
export function resumes(
  running: Running,
  token: string,
  { data, seq = 0 }: Greeting,
  missed: number,
): Subject {
  const frame = resumeFrame(token, data?.session_id ?? '', seq);
  let isWarm = false;
  async function resumeOnce() {
    const heard = quiet();
    const used = watchCpu(running.pid);
    const client = await openGateway(running.port, frame, 'resumed', heard);
    const cpu_ms = used() * 1000;
    const replayed = heard.tally.frames - 1; // the last one is `resumed` itself
    client.drop();
    if (replayed !== missed) {
      throw new Error(`RESUME brought ${replayed} events where ${missed} were missed`);
    }
    await Bun.sleep(GONE_MS);
    return { took_ms: client.took_ms, cpu_ms };
  }
  return {
    async round() {
      if (!isWarm) await warmUp(running.pid, resumeOnce);
      isWarm = true;
      return resumeOnce();
    },
    stop: () => running.stop(),
  };
}

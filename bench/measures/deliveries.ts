// Fan-out: what 1,000 listening sockets of one space hear, at full speed and one message at a time.
import type { Measure, RowSpec, Subject } from '../contest';
import { wallClock_ms } from '../jobs';
import { Listeners } from '../loaders';
import { watchCpu } from '../machine';
import { type Options, roundsOf } from '../options';
import type { Running } from '../processes';
import { type Aim, formatPercent, percentile } from '../report';
import { type Connection, openConnection } from '../load/responses';
import { warmUp } from '../warm';
import { captureFrame, messageRequests, startFloor, startWorld } from '../target';

const ACCOUNTS = 20;
const PROCESSES = 2;
const INTENTS = ['messages'];
/** Messages that are posted but not yet heard by all: enough for a group, too few for a backlog. */
const IN_FLIGHT = 16;
const MAX_SINGLES = 200;
const SILENCE_MS = 5000;
/** So long at a time, at full speed, until it is warm. */
const STEP_MS = 1000;
/** So many messages are posted in a second where they are paced. */
const PACE = 20;
/** Paced, a server works a sixth of the time, so that it is watched for longer. */
const PACED_WINDOWS = 3;

interface Figures {
  per_second: number;
  per_cpu_second: number;
  busy: number;
  paced_per_cpu_second: number;
  p50_ms: number;
  p99_ms: number;
}

export function deliveries(options: Options): Measure[] {
  const { listeners } = options;
  const row = (name: string, key: keyof Figures, unit: string, better: RowSpec['better']) => {
    return { figure: `${name}, ${listeners} listeners`, key, unit, better, beside: 'bare' };
  };
  const reaching = (ratio: number): { aim: Aim } => ({ aim: { ratio } });
  const busy: Pick<RowSpec, 'note'> = {
    note: (ours, floor) =>
      `busy: server ${formatPercent(ours.busy ?? 0)} (floor ${formatPercent(floor?.busy ?? 0)})`,
  };
  return [
    {
      rounds: roundsOf(options),
      rows: [
        { ...row('deliveries', 'per_second', '1/s', 'more'), ...busy },
        {
          ...row('deliveries per server-CPU-second', 'per_cpu_second', '1/s', 'more'),
          ...reaching(0.93),
        },
        {
          ...row(
            `deliveries per server-CPU-second, ${PACE} messages a second`,
            'paced_per_cpu_second',
            '1/s',
            'more',
          ),
          ...reaching(0.9),
        },
        row('POST to the last socket, p50', 'p50_ms', 'ms', 'less'),
        row('POST to the last socket, p99', 'p99_ms', 'ms', 'less'),
      ],
      async open(server) {
        const world = await startWorld(server, ACCOUNTS);
        const frame = await captureFrame(world);
        const requests = messageRequests(world);
        const floor = async () => {
          const bare = await startFloor('gateway.ts', { FLOOR_FRAME: frame });
          return listen(bare, world.tokens, requests, options);
        };
        const ours = await listen(world, world.tokens, requests, options);
        return { ...ours, floors: { bare: floor } };
      },
    },
  ];
}

/** Opens the listeners, which stay, and warms the program up. */
async function listen(
  target: Running,
  tokens: string[],
  requests: string[],
  options: Options,
): Promise<Subject> {
  const listeners = new Listeners(PROCESSES);
  await listeners.open(target.port, tokens, INTENTS, options.listeners);
  const poster = await Poster.open(target.port, requests, listeners);
  const { warmup_ms, window_ms } = options;
  const step = { warmup_ms: 0, window_ms: STEP_MS };
  await warmUp(target.pid, () => poster.measureRate(target.pid, step));
  return {
    async round() {
      const rate = await poster.measureRate(target.pid, { warmup_ms, window_ms });
      const single = await poster.measureSingles(window_ms);
      const paced_per_cpu_second = await poster.measurePaced(
        target.pid,
        Math.max(1000, window_ms * PACED_WINDOWS),
      );
      return { ...rate, ...single, paced_per_cpu_second };
    },
    async stop() {
      poster.close();
      await listeners.stop();
      await target.stop();
    },
  };
}

/** Posts messages no faster than they are heard. */
class Poster {
  private readonly free: Connection[] = [];
  private readonly all: { connection: Connection; request: Buffer }[] = [];
  private posted = 0;
  private readonly broken = Promise.withResolvers<never>();

  private constructor(private readonly listeners: Listeners) {
    this.broken.promise.catch(() => {}); // every wait below asks for it
  }

  static async open(port: number, requests: string[], listeners: Listeners): Promise<Poster> {
    const poster = new Poster(listeners);
    for (let n = 0; n < IN_FLIGHT; n++) {
      const connection = await openConnection(port, {
        answered: (free) => {
          poster.free.push(free);
          poster.onAnswer?.();
        },
        failed: poster.broken.reject,
      });
      poster.all.push({ connection, request: Buffer.from(requests[n % requests.length] ?? '') });
      poster.free.push(connection);
    }
    return poster;
  }

  private onAnswer: (() => void) | null = null;

  close(): void {
    for (const { connection } of this.all) connection.close();
  }

  /** One message at a time, from its POST to the last socket. */
  async measureSingles(limit_ms: number): Promise<Pick<Figures, 'p50_ms' | 'p99_ms'>> {
    const samples: number[] = [];
    const until = performance.now() + limit_ms;
    while (samples.length < MAX_SINGLES && performance.now() < until) {
      const sentAt = wallClock_ms();
      this.post();
      await this.settled();
      samples.push(this.listeners.heardAt_ms - sentAt);
    }
    const kept = Float64Array.from(samples.slice(Math.floor(samples.length / 5))); // warm by then
    return { p50_ms: percentile(kept, 0.5), p99_ms: percentile(kept, 0.99) };
  }

  /** As fast as all can hear, for one window. */
  async measureRate(
    pid: number,
    { warmup_ms, window_ms }: Pick<Options, 'warmup_ms' | 'window_ms'>,
  ): Promise<Pick<Figures, 'per_second' | 'per_cpu_second' | 'busy'>> {
    const pump = () => {
      while (this.posted - this.listeners.messages < IN_FLIGHT && this.free.length > 0) this.post();
    };
    this.onAnswer = pump;
    this.listeners.onHeard = pump;
    pump();
    await this.unbroken(Bun.sleep(warmup_ms));
    const { frames, cpu, seconds } = await this.watch(pid, () =>
      this.unbroken(Bun.sleep(window_ms)),
    );
    this.onAnswer = null;
    this.listeners.onHeard = null;
    await this.settled();
    return { per_second: frames / seconds, per_cpu_second: frames / cpu, busy: cpu / seconds };
  }

  /** A few messages a second, as people write; answers deliveries per server-CPU-second. */
  async measurePaced(pid: number, window_ms: number): Promise<number> {
    await this.settled();
    const { frames, cpu } = await this.watch(pid, async () => {
      const begin = performance.now();
      for (let n = 0; n * (1000 / PACE) < window_ms; n += 1) {
        await this.unbroken(Bun.sleep(Math.max(0, begin + n * (1000 / PACE) - performance.now())));
        this.post();
      }
      await this.settled();
    });
    return frames / cpu;
  }

  private async watch(pid: number, run: () => Promise<void>) {
    const used = watchCpu(pid);
    const before = this.listeners.total;
    const begin = performance.now();
    await run();
    const seconds = (performance.now() - begin) / 1000;
    return { frames: this.listeners.total - before, cpu: used(), seconds };
  }

  private post(): void {
    const connection = this.free.pop();
    const entry = this.all.find((one) => one.connection === connection);
    if (entry === undefined) throw new Error('no connection is free');
    this.posted++;
    entry.connection.send(entry.request);
  }

  /** Waits until all that was posted is answered and was heard everywhere, exactly once. */
  private async settled(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      const heard = this.listeners.messages >= this.posted;
      if (heard && this.free.length === this.all.length) resolve();
    };
    this.onAnswer = look;
    this.listeners.onHeard = look;
    look();
    const want = this.posted * this.listeners.sockets;
    const missing = Bun.sleep(SILENCE_MS).then(() => {
      throw new Error(`${this.listeners.total} frames were heard where ${want} were expected`);
    });
    await this.unbroken(Promise.race([promise, missing]));
    this.onAnswer = null;
    this.listeners.onHeard = null;
    if (this.listeners.total > want) {
      throw new Error(`${this.listeners.total} frames were heard, more than the ${want} expected`);
    }
  }

  private unbroken<T>(wait: Promise<T>): Promise<T> {
    return Promise.race([wait, this.listeners.failure, this.broken.promise]);
  }
}

// Fan-out: what 1,000 listening sockets of one space hear, at full speed and one message at a time.
import { wallClock_ms } from '../jobs';
import { Listeners } from '../loaders';
import { cpuSeconds } from '../machine';
import type { Options } from '../options';
import type { Running } from '../processes';
import { percentile, type Row } from '../report';
import { type Connection, openConnection } from '../load/responses';
import { captureFrame, messageRequests, startFloor, startWorld } from '../target';

const ACCOUNTS = 20;
const PROCESSES = 2;
const INTENTS = ['messages'];
/** Messages that are posted but not yet heard by all: enough for a group, too few for a backlog. */
const IN_FLIGHT = 16;
const MAX_SINGLES = 200;
const SILENCE_MS = 5000;

interface Figures {
  per_second: number;
  per_cpu_second: number;
  p50_ms: number;
  p99_ms: number;
}

export async function measureDeliveries(options: Options): Promise<Row[]> {
  const world = await startWorld(options.server, ACCOUNTS);
  const frame = await captureFrame(world);
  const requests = messageRequests(world);
  const ours = await run(world, world.tokens, requests, options);
  await world.stop();
  const bare = await startFloor('gateway.ts', { FLOOR_FRAME: frame });
  const floor = await run(bare, world.tokens, requests, options);
  await bare.stop();
  const figure = (name: string) => `${name}, ${options.listeners} listeners`;
  const row = (name: string, key: keyof Figures, unit: string, better: Row['better']): Row => {
    return { figure: figure(name), ours: ours[key], floor: floor[key], unit, better };
  };
  return [
    row('deliveries', 'per_second', '1/s', 'more'),
    row('deliveries per server-CPU-second', 'per_cpu_second', '1/s', 'more'),
    row('POST to the last socket, p50', 'p50_ms', 'ms', 'less'),
    row('POST to the last socket, p99', 'p99_ms', 'ms', 'less'),
  ];
}

async function run(
  target: Running,
  tokens: string[],
  requests: string[],
  options: Options,
): Promise<Figures> {
  const listeners = new Listeners(PROCESSES);
  try {
    await listeners.open(target.port, tokens, INTENTS, options.listeners);
    const poster = await Poster.open(target.port, requests, listeners);
    try {
      const single = await poster.measureSingles(options.window_ms);
      const rate = await poster.measureRate(target.pid, options);
      return { ...single, ...rate };
    } finally {
      poster.close();
    }
  } finally {
    await listeners.stop();
  }
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
    { warmup_ms, window_ms }: Options,
  ): Promise<Pick<Figures, 'per_second' | 'per_cpu_second'>> {
    const pump = () => {
      while (this.posted - this.listeners.messages < IN_FLIGHT && this.free.length > 0) this.post();
    };
    this.onAnswer = pump;
    this.listeners.onHeard = pump;
    pump();
    await this.unbroken(Bun.sleep(warmup_ms));
    const before = { frames: this.listeners.total, cpu: cpuSeconds(pid), at: performance.now() };
    await this.unbroken(Bun.sleep(window_ms));
    const frames = this.listeners.total - before.frames;
    const cpu = cpuSeconds(pid) - before.cpu;
    const seconds = (performance.now() - before.at) / 1000;
    this.onAnswer = null;
    this.listeners.onHeard = null;
    await this.settled();
    return { per_second: frames / seconds, per_cpu_second: frames / cpu };
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

// Runs the load generators from the main process and waits for what they report.
import { type HttpJob, HttpResult, ListenNews } from './jobs';
import type { Options } from './options';
import { type Running, startWorker, type Worker } from './processes';

export type HttpFigures = Exclude<HttpResult, { failed: string }>;

/** One closed-loop HTTP load in a process of its own. */
export async function runHttp(job: HttpJob): Promise<HttpFigures> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpResult>();
  const heard = (message: unknown) => resolve(HttpResult.parse(message));
  const worker = startWorker('http.ts', heard, reject);
  worker.send(job);
  try {
    const result = await promise;
    if ('failed' in result) throw new Error(result.failed);
    return result;
  } finally {
    await worker.stop();
  }
}

/** The load on a program for one round; the first round warms it up. */
export function httpRounds(
  { port, pid }: Running,
  load: Pick<HttpJob, 'connections' | 'requests' | 'takes'>,
  { warmup_ms, window_ms }: Pick<Options, 'warmup_ms' | 'window_ms'>,
): () => Promise<HttpFigures> {
  let isWarm = false;
  return () => {
    const job = { port, pid, ...load, window_ms, warmup_ms, until_warm: !isWarm };
    isWarm = true;
    return runHttp(job);
  };
}

/** Processes that together hold identified sockets, and what they have heard so far. */
export class Listeners {
  /** Sockets that are open and identified. */
  sockets = 0;
  /** When the last process had the newest whole message on all its sockets. */
  heardAt_ms = 0;
  /** Called when more has been heard. */
  onHeard: (() => void) | null = null;
  private readonly workers: Worker[] = [];
  private readonly opened: number[] = [];
  private readonly frames: number[] = [];
  private answered = 0;
  private openings: PromiseWithResolvers<void> | null = null;
  private readonly broken = Promise.withResolvers<never>();

  constructor(processes: number) {
    this.broken.promise.catch(() => {}); // asked for with `failure`, by whoever waits
    for (let n = 0; n < processes; n++) {
      this.opened.push(0);
      this.frames.push(0);
      const heard = (message: unknown) => this.heard(n, message);
      this.workers.push(startWorker('listeners.ts', heard, this.broken.reject));
    }
  }

  /** Rejects as soon as a socket or a process is lost; never resolves. */
  get failure(): Promise<never> {
    return this.broken.promise;
  }

  /** Frames heard by all sockets since the last `open`. */
  get total(): number {
    return this.frames.reduce((sum, frames) => sum + frames, 0);
  }

  /** Messages that have come on every socket (all processes get the same ones, in order). */
  get messages(): number {
    return Math.min(
      ...this.frames.map((frames, n) => Math.floor(frames / Math.max(1, this.opened[n] ?? 0))),
    );
  }

  /** Opens `sockets` more, shared out evenly. */
  async open(port: number, tokens: string[], intents: string[], sockets: number): Promise<void> {
    const openings = Promise.withResolvers<void>();
    this.openings = openings;
    this.frames.fill(0);
    const goal = this.sockets + sockets;
    const share = Math.ceil(sockets / this.workers.length);
    let left = sockets;
    for (const worker of this.workers) {
      worker.send({ port, tokens, intents, sockets: Math.min(share, left) });
      left -= Math.min(share, left);
    }
    await Promise.race([openings.promise, this.failure]);
    if (this.sockets !== goal) throw new Error(`${this.sockets} of ${goal} sockets are open`);
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
  }

  private heard(n: number, message: unknown): void {
    const news = ListenNews.parse(message);
    if ('failed' in news) return this.broken.reject(new Error(`a listener: ${news.failed}`));
    if ('opened' in news) {
      this.opened[n] = news.opened;
      this.frames[n] = 0;
      this.answered++;
      this.sockets = this.opened.reduce((sum, opened) => sum + opened, 0);
      if (this.answered % this.workers.length === 0) this.openings?.resolve();
      return;
    }
    this.frames[n] = news.frames;
    this.heardAt_ms = Math.max(this.heardAt_ms, news.at_ms);
    this.onHeard?.();
  }
}

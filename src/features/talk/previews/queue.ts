// Queues links to be previewed, with limits for the server and for each author.
import type { App, StateName } from '../../../app.ts';
import { LeastRecentMap } from '../../../lib/least-recent.ts';
import { createBuckets, type Buckets } from '../../../lib/token-bucket.ts';
import type { Embed } from '../messages/schema.ts';
import { embedOf } from './embeds.ts';

/** A message whose links are to be previewed. */
export interface Wanted {
  message_id: string;
  author_id: string;
  /** The text in which the links were found. */
  content: string;
  links: readonly string[];
}

type Finish = (wanted: Wanted, embeds: readonly Embed[]) => Promise<void>;

const maxRunning = 4;
const maxWaiting = 200;
/** Messages with links: an author may send 30 at once, and one more every two seconds. */
const ofAuthor = { capacity: 30, refillPerSecond: 0.5 };
const maxKept = 500;
const keptFor_ms = 5 * 60_000;

class PreviewQueue {
  readonly #app: App;
  readonly #authors: Buckets = createBuckets(ofAuthor, 10_000);
  /** Recent previews by link; null for pages without anything to show. */
  readonly #kept = new LeastRecentMap<string, { until_ms: number; embed: Promise<Embed | null> }>(
    maxKept,
  );
  readonly #waiting: { wanted: Wanted; finish: Finish }[] = [];
  #running = 0;
  #hasEnded = false;
  #whenIdle: (() => void)[] = [];

  constructor(app: App) {
    this.#app = app;
  }

  /** Fetches the links when it is their turn; messages beyond the limits get no preview. */
  take(wanted: Wanted, finish: Finish): void {
    if (this.#hasEnded || this.#waiting.length >= maxWaiting) return;
    if (!this.#authors.take(wanted.author_id, this.#app.clock.steady()).allowed) return;
    this.#waiting.push({ wanted, finish });
    this.#next();
  }

  /** Resolves when no link is being fetched. */
  idle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  end(): void {
    this.#hasEnded = true;
    this.#waiting.length = 0;
  }

  #next(): void {
    while (this.#running < maxRunning) {
      const job = this.#waiting.shift();
      if (job === undefined) break;
      this.#running += 1;
      this.#work(job.wanted, job.finish)
        .catch((error: unknown) => {
          this.#app.log.error({ err: error }, 'making previews of links failed');
        })
        .finally(() => {
          this.#running -= 1;
          this.#next();
          if (this.#running === 0) for (const tell of this.#whenIdle.splice(0)) tell();
        });
    }
  }

  async #work(wanted: Wanted, finish: Finish): Promise<void> {
    const embeds = await Promise.all(wanted.links.map((link) => this.#embed(link)));
    const found = embeds.filter((embed) => embed !== null);
    if (found.length > 0 && !this.#hasEnded) await finish(wanted, found);
  }

  #embed(link: string): Promise<Embed | null> {
    const now = this.#app.clock.steady();
    const known = this.#kept.get(link);
    if (known !== undefined && known.until_ms > now) return known.embed;
    const embed = embedOf(this.#app, link);
    this.#kept.set(link, { until_ms: now + keptFor_ms, embed });
    return embed;
  }
}

export const previewQueue: StateName<PreviewQueue> = { create: (app) => new PreviewQueue(app) };

/** Returns a function that stops the queue. */
export function startPreviews(app: App): () => void {
  return () => app.state(previewQueue).end();
}

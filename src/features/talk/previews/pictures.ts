// Fetches the pictures of previews for those who look at them, and keeps them for a day.
import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { App, StateName } from '../../../app.ts';
import { createGate } from '../../../lib/concurrency.ts';
import { detectContentType } from '../../../lib/content-type.ts';
import { fetchPublic } from '../../../lib/public-fetch.ts';
import { userAgent } from './embeds.ts';

/** What every client may be shown, judged by the bytes as well. */
const types = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'];

const picture_bytes = 8 * 1024 * 1024;
/** How many are kept, and how many bytes they take on the disk together. */
const most = { pictures: 2_000, bytes: 256 * 1024 * 1024 };
const keptFor_ms = 86_400_000;
/** A picture that cannot be had is asked for again after so long. */
const missedFor_ms = 5 * 60_000;

/** How many are fetched at a time, and how many may wait for that: others are told to come again. */
const maxRunning = 16;
const maxWaiting = 200;
/** The same of one host, so that a slow one leaves room for others. */
const ofHost = { running: 4, waiting: 50 };

type Gate = ReturnType<typeof createGate>;

/** A picture in a file of this run, and the type found in its bytes. */
export interface Picture {
  readonly path: string;
  readonly type: string;
  readonly bytes: number;
}

interface Kept {
  readonly picture: Promise<Picture | null>;
  until_ms: number;
  bytes: number;
}

export class PreviewPictures {
  readonly #app: App;
  readonly #limits: typeof most;
  readonly #gate = createGate(maxRunning, maxWaiting);
  readonly #hosts = new Map<string, { gate: Gate; count: number }>();
  /** By address on the web; the one that was looked at last comes last. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(app: App, limits = most) {
    this.#app = app;
    this.#limits = limits;
  }

  /** Returns the picture at an address; null if there is none. Rejects with `Overloaded`. */
  picture(url: string): Promise<Picture | null> {
    const now = this.#app.clock.steady();
    const known = this.#kept.get(url);
    if (known !== undefined && known.until_ms > now) {
      this.#kept.delete(url);
      this.#kept.set(url, known);
      return known.picture;
    }
    if (known !== undefined) this.#drop(url, known);
    const kept: Kept = {
      picture: this.#inTurn(url),
      until_ms: now + keptFor_ms,
      bytes: 0,
    };
    this.#kept.set(url, kept);
    kept.picture.then(
      (picture) => this.#settle(url, kept, picture),
      () => this.#drop(url, kept),
    );
    return kept.picture;
  }

  /** Fetches a picture when it is the turn of its host, and of all. */
  async #inTurn(url: string): Promise<Picture | null> {
    const { host } = new URL(url);
    const known = this.#hosts.get(host);
    const own = known ?? { gate: createGate(ofHost.running, ofHost.waiting), count: 0 };
    this.#hosts.set(host, own);
    own.count += 1;
    try {
      return await own.gate(() => this.#gate(() => this.#fetch(url)));
    } finally {
      own.count -= 1;
      if (own.count === 0) this.#hosts.delete(host);
    }
  }

  async #fetch(url: string): Promise<Picture | null> {
    const app = this.#app;
    if (!app.config.LINK_PREVIEWS) return null;
    const fetched = await fetchPublic(url, {
      userAgent,
      contentTypes: types,
      maxBytes: picture_bytes,
      timeout_ms: 10_000,
      network: app.network,
    });
    if (!fetched.ok || fetched.isTruncated) return null;
    const { body } = fetched;
    const type = await detectContentType(new Blob([body]));
    if (type === undefined || !types.includes(type)) return null;
    // Temporary files of a run are removed at the next start.
    const path = join(app.files.temporaryFolder, randomUUID());
    try {
      await writeFile(path, body, { flag: 'wx', mode: 0o600 });
      return { path, type, bytes: body.length };
    } catch (error) {
      app.log.warn({ err: error }, 'a picture of a preview could not be kept');
      await rm(path, { force: true });
      return null;
    }
  }

  #settle(url: string, kept: Kept, picture: Picture | null): void {
    if (this.#kept.get(url) !== kept) {
      // It was dropped while it was fetched.
      if (picture !== null) this.#remove(picture);
      return;
    }
    if (picture === null) kept.until_ms = this.#app.clock.steady() + missedFor_ms;
    else this.#bytes += kept.bytes = picture.bytes;
    for (const [oldest, other] of this.#kept) {
      if (this.#kept.size <= this.#limits.pictures && this.#bytes <= this.#limits.bytes) break;
      if (other !== kept) this.#drop(oldest, other);
    }
  }

  #drop(url: string, kept: Kept): void {
    if (this.#kept.get(url) !== kept) return;
    this.#kept.delete(url);
    this.#bytes -= kept.bytes;
    if (kept.bytes === 0) return;
    void kept.picture.then((picture) => picture !== null && this.#remove(picture));
  }

  #remove({ path }: Picture): void {
    rm(path, { force: true }).catch((error: unknown) => {
      this.#app.log.warn({ err: error }, 'a picture of a preview could not be removed');
    });
  }
}

export const previewPictures: StateName<PreviewPictures> = {
  create: (app) => new PreviewPictures(app),
};

// A request on its way: what an endpoint can read of it, and what the steps before it have found out.
import type { Context } from 'hono';
import type { Caller } from '../access/place.ts';
import type { App } from '../app.ts';
import type { Taken } from '../lib/token-bucket.ts';
import type { Endpoint, RequestFacts } from './endpoint.ts';
import { addressOf, socketAddressOf, type PeerAddress } from './peer.ts';

/** One request as all steps see it; Hono hands it on as `c.env`. */
export class Facts implements RequestFacts {
  readonly app: App;
  readonly raw: Request;
  /** For the log, and for users who report an error. */
  readonly id: string;
  viewer: Caller = null;
  /** The endpoint of the path; null while it is not found. */
  endpoint: Endpoint | null = null;
  /** What was taken of the rate limit; null if nothing. */
  taken: Taken | null = null;
  /** The original request: `raw` may be a copy, and Bun knows no peer of a copy. */
  readonly #arrived: Request;
  readonly #peer: PeerAddress;
  #address: string | null = null;

  constructor(
    app: App,
    raw: Request,
    id: string,
    { arrived, peer }: { arrived: Request; peer: PeerAddress },
  ) {
    this.app = app;
    this.raw = raw;
    this.id = id;
    this.#arrived = arrived;
    this.#peer = peer;
  }

  get url(): string {
    return this.raw.url;
  }

  get signal(): AbortSignal {
    return this.#arrived.signal;
  }

  address(): string {
    this.#address ??= addressOf(this.app, this.#arrived, this.#peer);
    return this.#address;
  }

  socket(): string {
    return socketAddressOf(this.#arrived, this.#peer);
  }

  header(name: string): string | null {
    return this.raw.headers.get(name);
  }
}

/** What Hono knows of a request: the request itself. */
export interface Environment {
  Bindings: Facts;
}
export type Ctx = Context<Environment>;

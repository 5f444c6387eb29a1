// What an endpoint can read of its request, and what the steps before it have found out.
import type { Context } from 'hono';
import type { Caller } from '../access/place.ts';
import type { App } from '../app.ts';
import type { Taken } from '../lib/token-bucket.ts';
import type { Endpoint, RequestFacts } from './endpoint.ts';
import { addressOf, socketAddressOf, type PeerAddress } from './peer.ts';

interface Variables {
  /** The caller, by the token of the request. */
  viewer: Caller;
  taken: Taken | null;
  /** The endpoint of the path; undefined if the path is unknown. */
  endpoint: Endpoint | undefined;
  /** For the log, and for users who report an error. */
  request_id: string;
}
export interface Environment {
  /** The original request: Hono gets a copy for HEAD, and Bun knows no peer of a copy. */
  Bindings: { peer: PeerAddress; arrived: Request };
  Variables: Variables;
}
export type Ctx = Context<Environment>;

/** The request as handlers see it; everything is looked up only when it is read. */
export class Facts implements RequestFacts {
  readonly #app: App;
  readonly #c: Ctx;

  constructor(app: App, c: Ctx) {
    this.#app = app;
    this.#c = c;
  }

  get raw(): Request {
    return this.#c.req.raw;
  }

  get url(): string {
    return this.#c.req.url;
  }

  get viewer(): Caller {
    return this.#c.get('viewer');
  }

  get signal(): AbortSignal {
    return this.#c.env.arrived.signal;
  }

  address(): string {
    return addressOf(this.#app, this.#c.env.arrived, this.#c.env.peer);
  }

  socket(): string {
    return socketAddressOf(this.#c.env.arrived, this.#c.env.peer);
  }

  header(name: string): string | null {
    return this.#c.req.raw.headers.get(name);
  }
}

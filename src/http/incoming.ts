// Bounds the bodies that are under way: how many one client may have, and how slowly they may come.
import type { App, StateName } from '../app.ts';
import { accountOf, type Caller } from '../access/place.ts';
import { chargedTo } from '../access/tokens.ts';
import { ApiError } from '../errors.ts';
import { addressKey } from '../lib/address.ts';
import type { Cancel, Clock } from '../lib/clock.ts';

/** Of larger bodies a client may have fewer under way at a time. */
const smallBody_bytes = 256 * 1024;

/**
 * How many requests of one account, or of one address without a token, may be under way: with a
 * JSON body, with one that is large (several MiB in memory), with a form (whose files go to disk).
 */
const maxUnderWay = { small: 100, large: 4, form: 10 } as const;
export type BodyKind = keyof typeof maxUnderWay;

/** A body has to bring so many bytes in each such time, or to end: 0.5 KiB a second. */
export const least_bytes = 16 * 1024;
const window_ms = 30_000;

/**
 * A body may come in so many pieces, and one more for each 64 bytes: each piece takes microseconds,
 * and millions of single bytes would be read without a pause.
 */
const maxPieces = 512;
const piece_bytes = 64;
const look_ms = 5_000;

/** A request whose body is under way. */
export class Incoming {
  readonly #bodies: IncomingBodies;
  readonly #key: string;
  /** How many more pieces may come. */
  #pieces = maxPieces;
  /** How much has come since the body was last known to be fast enough. */
  #bytes = 0;
  #since_ms: number;
  #isOver = false;
  #tooSlow: ApiError | null = null;
  #stop: (error: ApiError) => void = () => {};

  constructor(bodies: IncomingBodies, key: string) {
    this.#bodies = bodies;
    this.#key = key;
    this.#since_ms = bodies.now_ms;
  }

  /** Is told of a piece that has come; throws 400 if the pieces are too small. */
  arrived(bytes: number): void {
    this.#pieces += bytes / piece_bytes - 1;
    if (this.#pieces < 0) throw tooSmallPieces();
    this.#bytes += bytes;
    if (this.#bytes < least_bytes) return;
    this.#bytes = 0;
    this.#since_ms = this.#bodies.now_ms;
  }

  /** Rejects if the body comes too slowly, until `isRead` is called; to be asked for once. */
  stopped(): Promise<never> {
    const { promise, reject } = Promise.withResolvers<never>();
    // Nobody may be waiting for it at that moment.
    promise.catch(() => {});
    this.#stop = reject;
    if (this.#tooSlow !== null) reject(this.#tooSlow);
    return promise;
  }

  /** Gives the body up if it is too slow; returns whether it is. */
  stopIfSlow(now_ms: number): boolean {
    if (now_ms - this.#since_ms < window_ms) return false;
    const message = `The body came too slowly: less than ${least_bytes} bytes in ${window_ms / 1000} s.`;
    this.#tooSlow = new ApiError('too_slow', message, { closes: true });
    this.#stop(this.#tooSlow);
    return true;
  }

  /** The body is there: its speed does not matter any more. */
  isRead(): void {
    this.#bodies.unwatch(this);
  }

  /** The request does not count any more. */
  end(): void {
    this.isRead();
    if (!this.#isOver) this.#bodies.forget(this.#key);
    this.#isOver = true;
  }
}

export class IncomingBodies {
  readonly #clock: Clock;
  /** How many requests count for each client, by their kind. */
  readonly #counts = new Map<string, number>();
  readonly #watched = new Set<Incoming>();
  #cancel: Cancel | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many bodies are watched. */
  get size(): number {
    return this.#watched.size;
  }

  get now_ms(): number {
    return this.#clock.steady();
  }

  /** Counts the request for its client; throws 429 if that one has too many under way. */
  begin(client: string, kind: BodyKind): Incoming {
    const key = `${kind} ${client}`;
    const count = this.#counts.get(key) ?? 0;
    if (count >= maxUnderWay[kind]) {
      const message = `At most ${maxUnderWay[kind]} such requests may be under way at a time.`;
      throw new ApiError('rate_limited', message, { retryAfter_s: 1, closes: true });
    }
    this.#counts.set(key, count + 1);
    const incoming = new Incoming(this, key);
    this.#watched.add(incoming);
    this.#cancel ??= this.#clock.every(look_ms, () => this.#look());
    return incoming;
  }

  unwatch(incoming: Incoming): void {
    this.#watched.delete(incoming);
  }

  forget(key: string): void {
    const left = (this.#counts.get(key) ?? 0) - 1;
    if (left > 0) this.#counts.set(key, left);
    else this.#counts.delete(key);
  }

  /** Stops the bodies that are too slow; the timer ends when there are none. */
  #look(): void {
    const { now_ms } = this;
    for (const incoming of this.#watched) {
      if (incoming.stopIfSlow(now_ms)) this.#watched.delete(incoming);
    }
    if (this.#watched.size > 0) return;
    this.#cancel?.();
    this.#cancel = null;
  }
}

function tooSmallPieces(): ApiError {
  const message = 'The body comes in too many small pieces.';
  return new ApiError('invalid_request', message, { closes: true });
}

export const incomingBodies: StateName<IncomingBodies> = {
  create: ({ clock }) => new IncomingBodies(clock),
};

/** Who sends a request. */
export interface Sender {
  readonly viewer: Caller;
  /** Returns the client's IP address. */
  address(): string;
}

/** Names the account of a sender, for a bot that of its owner; without one, its IPv4 address or IPv6 /64. */
export function clientOf(sender: Sender): string {
  const account = accountOf(sender.viewer);
  return account === null ? addressKey(sender.address()) : `account ${chargedTo(account)}`;
}

/** Names the line in which the sender waits for time: one for all that an account does, sockets too. */
export function lineOf(sender: Sender): string {
  return accountOf(sender.viewer)?.id ?? clientOf(sender);
}

/** Counts the request for its client. */
export function beginBody(app: App, sender: Sender, kind: BodyKind): Incoming {
  return app.state(incomingBodies).begin(clientOf(sender), kind);
}

/** The kind of a JSON body that may have so many bytes, by the length that it announces. */
export function kindOfBody({ headers }: Request, limit_bytes: number): 'small' | 'large' {
  const length = headers.get('content-length');
  const most_bytes = length === null ? limit_bytes : Number(length);
  return most_bytes <= smallBody_bytes ? 'small' : 'large';
}

// The live sessions and the scopes that each of them hears.
import { wants } from './intents.ts';
import { SlowReaders } from './slow-readers.ts';

/** What frames ask for before the last one of them is made: a number above all that were sent. */
export const aNumber = Symbol('a number');

/** Frames that are made one by one; null means: let others run first. `next` is handed a number. */
export type Frames = Iterator<string | null | typeof aNumber, void, number>;

/** The part of a WebSocket that the hub uses. */
export interface Socket {
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  send(frame: string): number;
  getBufferedAmount(): number;
  terminate(): void;
}

/** A live session. */
export interface Listener {
  readonly id: string;
  readonly user_id: string;
  /** The id of the space that a guest reads; null for an account. */
  readonly guest_of: string | null;
  /** SHA-256 of the token that it identified with, lower-case hex. */
  readonly token_hash: string;
  /** Bits of its intents. */
  readonly mask: number;
  readonly socket: Socket;
  /** The scopes that it is subscribed to; only the hub changes them. */
  readonly scopes: Set<string>;
  /**
   * Sends frames one after the other as fast as the reader takes them, each made when it is sent;
   * at a null, other work runs first. `owed`: the session needs all of these frames to see what it
   * should, so it cannot be resumed until they are sent.
   */
  queue(frames: Frames, owed: boolean): void;
  /** Closes the socket; the code decides whether the session can be resumed. */
  close(code: number, reason: string): void;
}

/** Sends the hub's frames. Each socket gets them in the order sent, by whichever method. */
export interface Outlet {
  /** Sends a frame to every subscriber of the topic. */
  publish(topic: string, frame: string): void;
  /** Sends a frame to each of these sockets. */
  publishTo(sockets: readonly Socket[], frame: string): void;
}

type IsSilenced = (user_id: string, space_id: string) => boolean;

export class Hub {
  readonly #scopes = new Map<string, Map<number, Set<Listener>>>();
  readonly #listeners = new Map<string, Listener>();
  /** Scopes that nobody hears any more, with the sessions that are still subscribed to them. */
  readonly #retired: { scope: string; listeners: Set<Listener> }[] = [];
  readonly #readers = new SlowReaders(() => this.sockets());
  #outlet: Outlet = { publish() {}, publishTo() {} };
  #isSilenced: IsSilenced = () => false;
  /** What was found by scope, until others run. */
  readonly #silenced = new Map<string, readonly Listener[]>();

  /** Sets the outlet, once the server listens. */
  connect(outlet: Outlet): void {
    this.#outlet = outlet;
  }

  /** Sets who is told nothing by a permission that they hold, while a timeout lasts. */
  silenceBy(isSilenced: IsSilenced): void {
    this.#isSilenced = isSilenced;
  }

  /** Returns the sessions that hear the scopes of a permission in a space, but not now. */
  silenced(scopes: readonly string[], space_id: string): Set<Listener> {
    return new Set(scopes.flatMap((scope) => this.#silencedIn(scope, space_id)));
  }

  /** Looks once for all events of a batch: a new order of channels has hundreds. */
  #silencedIn(scope: string, space_id: string): readonly Listener[] {
    const known = this.#silenced.get(scope);
    if (known !== undefined) return known;
    const found = Array.from(this.of(scope)).filter(({ user_id }) =>
      this.#isSilenced(user_id, space_id),
    );
    if (this.#silenced.size === 0) queueMicrotask(() => this.#silenced.clear());
    this.#silenced.set(scope, found);
    return found;
  }

  get size(): number {
    return this.#listeners.size;
  }

  listener(session_id: string): Listener | undefined {
    return this.#listeners.get(session_id);
  }

  *sockets(): Generator<Socket> {
    for (const { socket } of this.#listeners.values()) yield socket;
  }

  /** Returns all sessions that hear the scope. */
  *of(scope: string): Generator<Listener> {
    const masks = this.#scopes.get(scope);
    if (masks) for (const listeners of masks.values()) yield* listeners;
  }

  /** Returns the number of sessions that hear the scope. */
  count(scope: string): number {
    let count = 0;
    for (const listeners of this.#scopes.get(scope)?.values() ?? []) count += listeners.size;
    return count;
  }

  add(listener: Listener, scopes: Iterable<string>): void {
    this.#listeners.set(listener.id, listener);
    for (const scope of scopes) this.subscribe(listener, scope);
  }

  remove(listener: Listener): void {
    if (this.#listeners.get(listener.id) !== listener) return;
    this.#listeners.delete(listener.id);
    for (const scope of listener.scopes) this.#leave(listener, scope);
    listener.scopes.clear();
  }

  /** Subscribes a session to a scope; does nothing if the session is not live. */
  subscribe(listener: Listener, scope: string): void {
    if (listener.scopes.has(scope) || this.#listeners.get(listener.id) !== listener) return;
    listener.scopes.add(scope);
    this.#silenced.delete(scope);
    let masks = this.#scopes.get(scope);
    if (masks === undefined) {
      masks = new Map();
      this.#scopes.set(scope, masks);
    }
    const same = masks.get(listener.mask);
    if (same === undefined) masks.set(listener.mask, new Set([listener]));
    else same.add(listener);
    listener.socket.subscribe(topic(scope, listener.mask));
  }

  unsubscribe(listener: Listener, scope: string): void {
    if (!listener.scopes.delete(scope)) return;
    this.#leave(listener, scope);
    listener.socket.unsubscribe(topic(scope, listener.mask));
  }

  /** Unsubscribes every session from the scope. */
  silence(scope: string): void {
    for (const listener of [...this.of(scope)]) this.unsubscribe(listener, scope);
  }

  /**
   * Ends a scope that never comes back, at once and at no cost for each session: nothing sent to it
   * reaches anybody. `tidy` has to follow.
   */
  retire(scope: string): void {
    const masks = this.#scopes.get(scope);
    this.#scopes.delete(scope);
    for (const listeners of masks?.values() ?? []) this.#retired.push({ scope, listeners });
  }

  /** Unsubscribes sessions from retired scopes, at most `max` times; true if more are left. */
  tidy(max: number): boolean {
    let left = max;
    for (let last = this.#retired.at(-1); last !== undefined; last = this.#retired.at(-1)) {
      const { scope, listeners } = last;
      for (const listener of listeners) {
        if (left === 0) return true;
        left -= 1;
        listeners.delete(listener);
        if (!listener.scopes.delete(scope)) continue;
        listener.socket.unsubscribe(topic(scope, listener.mask));
      }
      this.#retired.pop();
    }
    return false;
  }

  #leave(listener: Listener, scope: string): void {
    const masks = this.#scopes.get(scope);
    const same = masks?.get(listener.mask);
    same?.delete(listener);
    if (same?.size === 0) masks?.delete(listener.mask);
    if (masks?.size === 0) this.#scopes.delete(scope);
  }

  /**
   * Sends a frame once to each session that hears one of the scopes and asked for the intent.
   * Leaves out sessions that hear one of `hidden_from`, and those in `but`.
   */
  publish(
    scopes: readonly string[],
    intent: number | null,
    frame: string,
    hidden_from: readonly string[] = [],
    but?: ReadonlySet<Listener>,
  ): void {
    // Nearly all events have one scope.
    const heard = scopes.length === 1 ? scopes : scopes.filter((scope) => this.#scopes.has(scope));
    const [only] = heard;
    if (only === undefined || !this.#scopes.has(only)) return;
    if (heard.length > 1 || hidden_from.length > 0 || but !== undefined) {
      const union = new Set<Listener>();
      for (const scope of heard) {
        for (const listener of this.of(scope)) {
          if (!wants(listener.mask, intent) || but?.has(listener)) continue;
          if (!hidden_from.some((hidden) => listener.scopes.has(hidden))) union.add(listener);
        }
      }
      this.publishTo(union, frame);
      return;
    }
    this.#readers.count(frame);
    for (const mask of this.#scopes.get(only)?.keys() ?? []) {
      if (wants(mask, intent)) this.#outlet.publish(topic(only, mask), frame);
    }
  }

  /** Sends a frame to these sessions. */
  publishTo(listeners: ReadonlySet<Listener>, frame: string): void {
    if (listeners.size === 0) return;
    this.#readers.count(frame);
    this.#outlet.publishTo(
      Array.from(listeners, ({ socket }) => socket),
      frame,
    );
  }

  /** Terminates every socket that reads too slowly. */
  sweep(): void {
    this.#readers.sweep();
  }
}

function topic(scope: string, mask: number): string {
  return `${scope}#${mask}`;
}

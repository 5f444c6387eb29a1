// The live sessions and what each of them hears: topics, publishing, and the sweep for slow readers.
import { frameLimit_bytes } from './event.ts';
import { wants } from './intents.ts';

/** Frames that are made one by one; null for a pause. */
export type Frames = Iterator<string | null, void>;

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
  /** The space that a guest reads; null for an account. */
  readonly guest_of: string | null;
  /** SHA-256 of the token that it identified with. */
  readonly token_hash: string;
  /** Bits of its intents. */
  readonly mask: number;
  readonly socket: Socket;
  /** What it is subscribed to; the hub alone changes it. */
  readonly scopes: Set<string>;
  /**
   * Sends frames one after the other as fast as the reader takes them, each made when it is sent;
   * null lets others have their turn first. `owed`: without all of them the session does not see
   * what it should, so that it cannot be resumed before they are sent.
   */
  queue(frames: Frames, owed: boolean): void;
  /** Closes the socket; whether the session can be resumed follows from the code. */
  close(code: number, reason: string): void;
}

type Publish = (topic: string, frame: string) => void;

/** A socket that holds back more than this is ended; RESUME brings it what it missed. */
export const slow_bytes = 256 * 1024;
const sweepAfter_bytes = 512 * 1024;
/** Up to so many listeners of a union are sent to one by one. */
const fewListeners = 8;

export class Hub {
  readonly #scopes = new Map<string, Map<number, Set<Listener>>>();
  readonly #listeners = new Map<string, Listener>();
  #publish: Publish = () => {};
  #unswept_bytes = 0;
  #union = 0;

  /** Hands over the server's own publish, once it listens. */
  connect(publish: Publish): void {
    this.#publish = publish;
  }

  get size(): number {
    return this.#listeners.size;
  }

  listener(session_id: string): Listener | undefined {
    return this.#listeners.get(session_id);
  }

  listeners(): IterableIterator<Listener> {
    return this.#listeners.values();
  }

  /** Everyone who hears the scope. */
  *of(scope: string): Generator<Listener> {
    const masks = this.#scopes.get(scope);
    if (masks) for (const listeners of masks.values()) yield* listeners;
  }

  /** How many hear the scope. */
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

  /** Nothing for who is off the air already. */
  subscribe(listener: Listener, scope: string): void {
    if (listener.scopes.has(scope) || this.#listeners.get(listener.id) !== listener) return;
    listener.scopes.add(scope);
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

  #leave(listener: Listener, scope: string): void {
    const masks = this.#scopes.get(scope);
    const same = masks?.get(listener.mask);
    same?.delete(listener);
    if (same?.size === 0) masks?.delete(listener.mask);
    if (masks?.size === 0) this.#scopes.delete(scope);
  }

  /**
   * Sends a frame to each session that hears one of the scopes and asked for the intent, once;
   * not to who hears one of `hidden_from`, and not to `but`.
   */
  publish(
    scopes: readonly string[],
    intent: number | null,
    frame: string,
    hidden_from: readonly string[] = [],
    but?: ReadonlySet<Listener>,
  ): void {
    const heard = scopes.filter((scope) => this.#scopes.has(scope));
    const [only] = heard;
    if (only === undefined) return;
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
    this.#count(frame);
    for (const mask of this.#scopes.get(only)?.keys() ?? []) {
      if (wants(mask, intent)) this.#publish(topic(only, mask), frame);
    }
  }

  /** Sends a frame to these sessions, through a topic that lives for this one frame when they are many. */
  publishTo(listeners: ReadonlySet<Listener>, frame: string): void {
    if (listeners.size === 0) return;
    this.#count(frame);
    if (listeners.size <= fewListeners) {
      for (const { socket } of listeners) socket.send(frame);
      return;
    }
    this.#union += 1;
    const once = `~${this.#union}`;
    for (const { socket } of listeners) socket.subscribe(once);
    this.#publish(once, frame);
    for (const { socket } of listeners) socket.unsubscribe(once);
  }

  /** Before the frame that would bring the bytes since the last sweep above the bound. */
  #count(frame: string): void {
    const most_bytes = Math.min(frame.length * 3, frameLimit_bytes);
    if (this.#unswept_bytes + most_bytes > sweepAfter_bytes) this.sweep();
    this.#unswept_bytes += most_bytes;
  }

  /** Ends every socket that reads too slowly, before Bun's own limit would leave holes. */
  sweep(): void {
    this.#unswept_bytes = 0;
    for (const { socket } of this.#listeners.values()) {
      if (socket.getBufferedAmount() > slow_bytes) socket.terminate();
    }
  }
}

function topic(scope: string, mask: number): string {
  return `${scope}#${mask}`;
}

// An identified client, with a queue of frames that are made only when they can be sent.
import { aNumber, type Frames, type Hub, type Listener, type Socket } from '../events/hub.ts';

/** The queue pauses while the socket has more than this buffered. */
const pauseAbove_bytes = 128 * 1024;
/** After this much, or after this long, the queue pauses, so that other work can run. */
const pace = { bytes: 128 * 1024, tick_ms: 0 };
const slice_ms = 8;
/** So many frames are sent together however long they take: a short queue goes out as a whole. */
const leastFrames = 16;
/**
 * Web clients lose bytes beyond 64 KiB that they have not read, and read only when they draw.
 * Queued frames have hardly more than 15 KiB, so this limit and one frame more still fit.
 */
const webPace = { bytes: 45 * 1024, tick_ms: 100 };

export interface SessionParts {
  id: string;
  user_id: string;
  guest_of?: string | null;
  token_hash: string;
  expires_at: number | null;
  mask: number;
  os: string;
  socket: Socket & {
    close(code: number, reason: string): void;
    /** Sends together what `run` sends. */
    cork(run: () => void): void;
  };
  /** Runs the next slice of the queue when it is the account's turn. */
  pace(user_id: string, slice: () => void): void;
  /** Called with errors from making a frame. */
  failed(error: unknown): void;
  /** Called when its owed frames need a number, and when all of them were sent. */
  owing: { number(session: Session): void; settle(session: Session): void };
}

export class Session implements Listener {
  readonly id: string;
  readonly user_id: string;
  readonly guest_of: string | null;
  readonly token_hash: string;
  /** When its token expires, in Unix milliseconds; null for never. */
  readonly expires_at: number | null;
  readonly mask: number;
  readonly os: string;
  readonly socket: SessionParts['socket'];
  readonly scopes = new Set<string>();
  readonly #pace: SessionParts['pace'];
  readonly #failed: SessionParts['failed'];
  readonly #owing: SessionParts['owing'];
  #queued: { frames: Frames; owed: boolean; isNumbered?: true }[] = [];
  #isPaused = false;
  /** Whether the first iterator waits for a number, and the number that it is given. */
  #isNumbering = false;
  #number = 0;

  constructor(parts: SessionParts) {
    this.id = parts.id;
    this.user_id = parts.user_id;
    this.guest_of = parts.guest_of ?? null;
    this.token_hash = parts.token_hash;
    this.expires_at = parts.expires_at;
    this.mask = parts.mask;
    this.os = parts.os;
    this.socket = parts.socket;
    this.#pace = parts.pace;
    this.#failed = parts.failed;
    this.#owing = parts.owing;
  }

  /** Tells whether the hub still sends to it. */
  isLive(hub: Hub): boolean {
    return hub.listener(this.id) === this;
  }

  /** How many iterators of owed frames wait: without them it does not see what it should. */
  get owed(): number {
    return this.#queued.filter(({ owed }) => owed).length;
  }

  /** How many iterators of frames wait. */
  get waiting(): number {
    return this.#queued.length;
  }

  /** Sends frames when it is the account's turn: many sessions may be given some in one moment. */
  queue(frames: Frames, owed: boolean): void {
    this.#queued.push({ frames, owed });
    if (this.#queued.length === 1) this.drained();
  }

  /** Lets a web client read what was sent before the queue goes on. */
  rest(): void {
    if (this.os === 'web') this.#pause(webPace.tick_ms);
  }

  /** Goes on with the queue, since the socket has drained. */
  drained(): void {
    if (this.#queued.length > 0 && !this.#isPaused) this.#pause(0);
  }

  /** Sends a slice of the queue together, while there is room: each write to a socket costs as much as a frame. */
  drain(): void {
    this.socket.cork(() => this.#drain());
  }

  #drain(): void {
    const { bytes: max_bytes, tick_ms } = this.os === 'web' ? webPace : pace;
    const until = performance.now() + slice_ms;
    let sent = 0;
    let sent_bytes = 0;
    while (!this.#isPaused && !this.#isNumbering && this.#queued.length > 0) {
      // With the number given, an event that overtook the last frame would make RESUME miss it.
      const mayWait = this.#queued[0]?.isNumbered !== true;
      if (mayWait && this.socket.getBufferedAmount() > pauseAbove_bytes) return;
      if (mayWait && sent_bytes >= max_bytes) return this.#pause(tick_ms);
      if (mayWait && sent >= leastFrames && performance.now() > until) return this.#pause(0);
      const next = this.#next();
      if (next.done) {
        const last = this.#queued.shift();
        if (last?.owed && !last.isNumbered && this.owed === 0) this.#owing.settle(this);
      } else if (next.value === aNumber) {
        this.#isNumbering = true;
        this.#owing.number(this);
      } else if (next.value === null) {
        return this.#pause(0);
      } else {
        this.socket.send(next.value);
        sent += 1;
        sent_bytes += Buffer.byteLength(next.value);
      }
    }
  }

  /** Returns the next frame of the first iterator. An error drops that; if owed, it also closes. */
  #next(): IteratorResult<string | null | typeof aNumber, void> {
    const [first] = this.#queued;
    try {
      return first?.frames.next(this.#number) ?? { done: true, value: undefined };
    } catch (error) {
      this.#failed(error);
      if (first?.owed) this.close(4009, 'not everything could be sent');
      return { done: true, value: undefined };
    }
  }

  #pause(tick_ms: number): void {
    this.#isPaused = true;
    const goOn = () => {
      this.#isPaused = false;
      this.drain();
    };
    if (tick_ms === 0) this.#pace(this.user_id, goOn);
    else setTimeout(() => this.#pace(this.user_id, goOn), tick_ms);
  }

  /** Goes on with the number that its frames asked for. */
  numbered(seq: number): void {
    const [first] = this.#queued;
    if (first) first.isNumbered = true;
    this.#number = seq;
    this.#isNumbering = false;
    this.drain();
  }

  /** Empties the queue, because the socket is gone. */
  discard(): void {
    this.#queued = [];
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason);
  }
}

/** Returns `properties.os` of IDENTIFY, at most 64 characters; "" if there is none. */
export function osOf(properties: unknown): string {
  if (typeof properties !== 'object' || properties === null || !('os' in properties)) return '';
  return typeof properties.os === 'string' ? properties.os.slice(0, 64) : '';
}

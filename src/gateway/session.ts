// An identified client: what the hub sends to, and the queue of frames made only when they can be sent.
import type { Hub, Listener, Socket } from '../events/hub.ts';

/** Direct sends pause while a socket holds back more than this. */
const pauseAbove_bytes = 128 * 1024;
/** Web clients lose what arrives faster than they draw: so many bytes in each tick. */
const webPace = { bytes: 48 * 1024, tick_ms: 100 };

interface Parts {
  id: string;
  user_id: string;
  token_hash: string;
  mask: number;
  os: string;
  socket: Socket & { close(code: number, reason: string): void };
}

export class Session implements Listener {
  readonly id: string;
  readonly user_id: string;
  readonly token_hash: string;
  readonly mask: number;
  readonly os: string;
  readonly socket: Parts['socket'];
  readonly scopes = new Set<string>();
  #queued: Iterator<string, void>[] | null = null;
  #paused = false;

  constructor({ id, user_id, token_hash, mask, os, socket }: Parts) {
    this.id = id;
    this.user_id = user_id;
    this.token_hash = token_hash;
    this.mask = mask;
    this.os = os;
    this.socket = socket;
  }

  /** Whether the hub still sends to it. */
  isLive(hub: Hub): boolean {
    return hub.listener(this.id) === this;
  }

  queue(frames: Iterator<string, void>): void {
    this.#queued ??= [];
    this.#queued.push(frames);
    this.drain();
  }

  /** Goes on with the queue; called when the socket has room again. */
  drain(): void {
    if (this.#paused || this.#queued === null) return;
    let sent_bytes = 0;
    while (this.#queued.length > 0) {
      if (this.socket.getBufferedAmount() > pauseAbove_bytes) return;
      if (this.os === 'web' && sent_bytes > webPace.bytes) {
        this.#paused = true;
        setTimeout(() => {
          this.#paused = false;
          this.drain();
        }, webPace.tick_ms);
        return;
      }
      const next = this.#queued[0]?.next();
      if (!next || next.done) {
        this.#queued.shift();
      } else {
        this.socket.send(next.value);
        sent_bytes += next.value.length;
      }
    }
    this.#queued = null;
  }

  /** Forgets what was queued: the socket is gone. */
  discard(): void {
    this.#queued = null;
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason);
  }
}

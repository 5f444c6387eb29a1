// How much a client may send: each frame is judged here before anything else is done about it.
import { inboundLimit, op } from './protocol.ts';

/** A frame as it came, and all that a rule may go by. */
export interface Arrival {
  /** Null for one that is not text. */
  text: string | null;
  /** Null for one that is no frame of the protocol. */
  op: number | null;
  /** Whether it comes after READY or `resumed`. */
  isReady: boolean;
  now: number;
}

/** The limit of one connection. */
export class InboundLimit {
  #window_at: number;
  #received = 0;

  constructor(now: number) {
    this.#window_at = now;
  }

  /** Whether the frame may be taken; the connection is closed for one that may not. */
  admits(frame: Arrival): boolean {
    if (frame.op === op.heartbeat) return true;
    if (frame.now - this.#window_at >= inboundLimit.window_ms) {
      this.#window_at = frame.now;
      this.#received = 0;
    }
    this.#received += 1;
    return this.#received <= inboundLimit.frames;
  }
}

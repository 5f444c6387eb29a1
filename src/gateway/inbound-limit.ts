// Limits how much a client may send: each frame is counted before anything else happens to it.
import { inboundLimit, op } from './protocol.ts';

/** A frame as it came, with everything that a limit may depend on. */
export interface Arrival {
  /** Null if it is not text. */
  text: string | null;
  /** Null if it is not a frame of the protocol. */
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

  /** Counts the frame and tells whether it is within the limit; if not, the caller closes. */
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

// Limits how much a client may send: the length of a frame is asked before it is parsed.
import { freeHeartbeats, inboundLimit, op } from './protocol.ts';

/** A frame as it came, with everything that a limit may depend on. */
export interface Arrival {
  /** Its length. */
  bytes: number;
  /** Parses it and returns its op, or null if it is no frame; asked only of short frames. */
  op(): number | null;
  /** Whether it comes after READY or `resumed`. */
  isReady: boolean;
  now: number;
}

/** The limit of one connection. */
export class InboundLimit {
  #window_at: number;
  #received = 0;
  #beats = 0;

  constructor(now: number) {
    this.#window_at = now;
  }

  /** Counts the frame and tells whether it is within the limit; if not, the caller closes. */
  admits(frame: Arrival): boolean {
    if (frame.now - this.#window_at >= inboundLimit.window_ms) {
      this.#window_at = frame.now;
      this.#received = 0;
      this.#beats = 0;
    }
    if (this.#isFree(frame)) {
      this.#beats += 1;
      return true;
    }
    this.#received += Math.max(1, Math.ceil(frame.bytes / inboundLimit.unit_bytes));
    return this.#received <= inboundLimit.frames;
  }

  #isFree({ bytes, isReady, op: read }: Arrival): boolean {
    const { frames, max_bytes } = freeHeartbeats;
    return isReady && bytes <= max_bytes && this.#beats < frames && read() === op.heartbeat;
  }
}

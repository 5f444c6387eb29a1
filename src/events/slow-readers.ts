// Ends sockets whose reader is too slow, before Bun's own limit would leave holes in what they read.
import { frameLimit_bytes } from './event.ts';

/** A socket that holds back more than this is ended; RESUME brings it what it missed. */
export const slow_bytes = 256 * 1024;
const sweepAfter_bytes = 512 * 1024;

interface Readable {
  getBufferedAmount(): number;
}

/** Whether more waits for the reader than it may leave unread. */
export function isSlow(socket: Readable): boolean {
  return socket.getBufferedAmount() > slow_bytes;
}

export class SlowReaders {
  readonly #sockets: () => Iterable<Readable & { terminate(): void }>;
  #unswept_bytes = 0;

  constructor(sockets: () => Iterable<Readable & { terminate(): void }>) {
    this.#sockets = sockets;
  }

  /** Counts a frame before it goes to everyone; sweeps first where it would bring the bytes above the bound. */
  count(frame: string): void {
    const max_bytes = Math.min(frame.length * 3, frameLimit_bytes);
    if (this.#unswept_bytes + max_bytes > sweepAfter_bytes) this.sweep();
    this.#unswept_bytes += max_bytes;
  }

  sweep(): void {
    this.#unswept_bytes = 0;
    for (const socket of this.#sockets()) if (isSlow(socket)) socket.terminate();
  }
}

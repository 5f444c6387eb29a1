// Terminates sockets that read too slowly, before Bun's own limit makes them miss frames.
import { frameLimit_bytes } from './event.ts';

/** Sockets with more unread bytes than this are terminated; RESUME replays what they missed. */
export const slow_bytes = 256 * 1024;
const sweepAfter_bytes = 512 * 1024;

interface Readable {
  getBufferedAmount(): number;
}

/** Tells whether a socket has too many unread bytes. */
export function isSlow(socket: Readable): boolean {
  return socket.getBufferedAmount() > slow_bytes;
}

export class SlowReaders {
  readonly #sockets: () => Iterable<Readable & { terminate(): void }>;
  #unswept_bytes = 0;

  constructor(sockets: () => Iterable<Readable & { terminate(): void }>) {
    this.#sockets = sockets;
  }

  /** Counts a frame before it is published; sweeps first if it exceeds the bytes between sweeps. */
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

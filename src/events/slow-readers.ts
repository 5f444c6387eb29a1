// Terminates sockets that read too slowly, before Bun's own limit makes them miss frames.
import { frameLimit_bytes } from './event.ts';

/** Sockets with more unread bytes than this are terminated; RESUME replays what they missed. */
export const slow_bytes = 256 * 1024;
/** Unread bytes of all sockets together; above this, those with the most are terminated. */
const allSlow_bytes = 128 * 1024 * 1024;
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
  readonly #max_bytes: number;
  #unswept_bytes = 0;

  /** `max_bytes` is the limit for all sockets together. */
  constructor(
    sockets: () => Iterable<Readable & { terminate(): void }>,
    max_bytes = allSlow_bytes,
  ) {
    this.#sockets = sockets;
    this.#max_bytes = max_bytes;
  }

  /** Counts a frame before it is published; sweeps first if it exceeds the bytes between sweeps. */
  count(frame: string): void {
    const max_bytes = Math.min(frame.length * 3, frameLimit_bytes);
    if (this.#unswept_bytes + max_bytes > sweepAfter_bytes) this.sweep();
    this.#unswept_bytes += max_bytes;
  }

  sweep(): void {
    this.#unswept_bytes = 0;
    let unread_bytes = 0;
    for (const socket of this.#sockets()) {
      const bytes = socket.getBufferedAmount();
      if (bytes > slow_bytes) socket.terminate();
      else unread_bytes += bytes;
    }
    if (unread_bytes > this.#max_bytes) this.#relieve(unread_bytes);
  }

  /** Terminates the sockets with the most unread bytes until half of what is allowed is left. */
  #relieve(unread_bytes: number): void {
    const sockets = Array.from(this.#sockets(), (socket) => ({
      socket,
      bytes: socket.getBufferedAmount(),
    }));
    let left_bytes = unread_bytes;
    for (const { socket, bytes } of sockets.toSorted((a, b) => b.bytes - a.bytes)) {
      if (left_bytes <= this.#max_bytes / 2) return;
      socket.terminate();
      left_bytes -= bytes;
    }
  }
}

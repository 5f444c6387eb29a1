// Reads a large file through a window: little memory, and pauses in which others have their turn.
import { Pace } from '../pace.ts';

/** Looking through so much takes a millisecond or two, whatever it holds. */
const window_bytes = 16 * 1024;

/** Looking through files takes so long in one turn of the event loop, however many there are. */
const pace = new Pace(undefined, 2);
/** After so long it waits; most parts of a photo take far less. */
const budget_ms = 1;

/** Reads up to so many bytes from a position on; fewer only at the end. */
export type ReadAt = (at: number, length: number) => Promise<Uint8Array>;

export class Window {
  readonly size: number;
  readonly #read: ReadAt;
  /** The part that can be looked at, and where in the file it begins. */
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  #waited_ms = 0;

  constructor(size: number, read: ReadAt) {
    this.size = size;
    this.#read = read;
  }

  /** Returns a window over bytes in memory. */
  static over(bytes: Uint8Array): Window {
    return new Window(bytes.length, async (at, length) => bytes.subarray(at, at + length));
  }

  /** Tells whether the window holds `length` bytes from `at` on, or all up to the end. */
  has(at: number, length: number): boolean {
    const end = Math.min(at + length, this.size);
    return at >= this.#start && end <= this.#start + this.#bytes.length;
  }

  /** Moves the window to `at`; it then holds `length` bytes, or all up to the end. */
  async load(at: number, length: number): Promise<void> {
    await this.#pause();
    this.#bytes = await this.#read(at, Math.max(length, window_bytes));
    this.#start = at;
  }

  async #pause(): Promise<void> {
    if (performance.now() - this.#waited_ms < budget_ms) return;
    await pace.turn('');
    this.#waited_ms = performance.now();
  }

  /** Returns the byte at a position; 0 outside of the window, and behind the end. */
  byte(at: number): number {
    return this.#bytes[at - this.#start] ?? 0;
  }

  uint16(at: number): number {
    return this.byte(at) * 256 + this.byte(at + 1);
  }

  uint32(at: number): number {
    return this.uint16(at) * 65_536 + this.uint16(at + 2);
  }

  uint32LittleEndian(at: number): number {
    const half = (from: number) => this.byte(from) + 256 * this.byte(from + 1);
    return half(at) + 65_536 * half(at + 2);
  }

  /** Returns bytes as Latin-1 text, such as the name of a chunk. */
  text(at: number, length: number): string {
    let text = '';
    for (let n = 0; n < length; n += 1) text += String.fromCharCode(this.byte(at + n));
    return text;
  }

  /** Returns bytes from `at` on, at most those that are in the window. */
  bytes(at: number, length: number): Uint8Array {
    return this.#bytes.subarray(at - this.#start, at - this.#start + length);
  }

  /** Returns all bytes from one position to another, however many. */
  async whole(start: number, end: number): Promise<Uint8Array> {
    await this.#pause();
    return this.#read(start, end - start);
  }

  /**
   * Returns the first position, from `at` on, of a byte and one behind it that `isSecond`; the size
   * of the file if there is none. Looks through the window without a pause.
   */
  async findPair(first: number, at: number, isSecond: (byte: number) => boolean): Promise<number> {
    for (let from = at; from + 1 < this.size;) {
      if (!this.has(from, 2)) await this.load(from, 2);
      const last = this.#start + this.#bytes.length - 1;
      while (from < last) {
        const found = this.#bytes.indexOf(first, from - this.#start);
        from = found === -1 ? last + 1 : this.#start + found;
        if (from < last && isSecond(this.byte(from + 1))) return from;
        if (from < last) from += 1;
        else break;
      }
    }
    return this.size;
  }
}

// A client of the gateway that remembers what it heard, so that silence can be expected as well.
import { expect } from 'bun:test';
import { seen } from './witness.ts';

export interface Frame {
  op: number;
  type?: string;
  seq?: number;
  // What tests read out of it is their own business.
  data: Record<string, any>;
}

const patience_ms = 3_000;

/** One socket. `open` waits for HELLO; `identify` for READY. */
export class Ears {
  readonly frames: Frame[] = [];
  /** The close code, once it is closed. */
  closed: number | null = null;
  ready: Frame['data'] = {};
  /** The last number that was seen. */
  seq = 0;
  readonly #socket: WebSocket;
  #read = 0;
  #wake: (() => void)[] = [];

  private constructor(url: string) {
    this.#socket = new WebSocket(url);
    this.#socket.addEventListener('message', ({ data }) => {
      const frame = JSON.parse(String(data)) as Frame;
      if (typeof frame.seq === 'number') this.seq = frame.seq;
      if (frame.op === 0) seen.events.add(frame.type ?? '');
      this.frames.push(frame);
      this.#stir();
    });
    this.#socket.addEventListener('close', ({ code }) => {
      this.closed = code;
      this.#stir();
    });
  }

  static async open(url: string): Promise<Ears> {
    const ears = new Ears(`${url}?v=1&encoding=json`);
    await ears.frame(({ op }) => op === 5, 'HELLO');
    return ears;
  }

  #stir(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  send(op: number, data?: unknown): void {
    this.#socket.send(JSON.stringify(data === undefined ? { op } : { op, data }));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket.send(bytes);
  }

  /** The next unread frame that fits; those before it stay unread only if they are no events. */
  async frame(fits: (frame: Frame) => boolean, what: string): Promise<Frame> {
    const until = Date.now() + patience_ms;
    for (;;) {
      const index = this.frames.findIndex((frame, at) => at >= this.#read && fits(frame));
      const found = this.frames[index];
      if (found !== undefined) {
        this.#read = index + 1;
        return found;
      }
      const left_ms = until - Date.now();
      if (left_ms <= 0 || this.closed !== null) {
        const heard = this.frames.map(({ op, type }) => type ?? `op ${op}`).join(', ');
        throw new Error(`waited for ${what}; closed: ${this.closed}; heard: ${heard}`);
      }
      await Promise.race([
        new Promise<void>((resolve) => this.#wake.push(resolve)),
        Bun.sleep(left_ms),
      ]);
    }
  }

  /** The next event of that type that fits. */
  hears(type: string, fits: (data: Frame['data']) => boolean = () => true): Promise<Frame> {
    return this.frame((frame) => frame.type === type && fits(frame.data), type);
  }

  /** Everything sent so far has arrived when the answer to a heartbeat has. */
  async settled(): Promise<void> {
    const before = this.frames.filter(({ op }) => op === 4).length;
    this.send(1, this.seq);
    const until = Date.now() + patience_ms;
    while (this.frames.filter(({ op }) => op === 4).length === before) {
      if (Date.now() > until) throw new Error('no answer to a heartbeat');
      await Promise.race([
        new Promise<void>((resolve) => this.#wake.push(resolve)),
        Bun.sleep(until - Date.now()),
      ]);
    }
  }

  /** Events that were not looked at yet, by type; reads them. */
  async unread(): Promise<Frame[]> {
    await this.settled();
    const events = this.frames.slice(this.#read).filter(({ op }) => op === 0);
    this.#read = this.frames.length;
    return events;
  }

  /** Exactly these events, in this order, and nothing else. */
  async hearsExactly(...types: string[]): Promise<Frame[]> {
    const events = await this.unread();
    expect(events.map(({ type }) => type)).toEqual(types);
    return events;
  }

  hearsNothing(): Promise<Frame[]> {
    return this.hearsExactly();
  }

  async closes(): Promise<number> {
    const until = Date.now() + patience_ms;
    while (this.closed === null) {
      if (Date.now() > until) throw new Error('the socket did not close');
      await Promise.race([
        new Promise<void>((resolve) => this.#wake.push(resolve)),
        Bun.sleep(until - Date.now()),
      ]);
    }
    return this.closed;
  }

  /** Without a code it is a plain close, which ends the session. */
  close(code?: number): void {
    this.#socket.close(code);
  }

  /** Breaks the connection without a close frame. */
  drop(): void {
    (this.#socket as unknown as { terminate(): void }).terminate();
  }
}

// A client of the gateway that remembers what it heard, so that silence can be expected as well.
import { expect } from 'bun:test';
import { patience_ms } from './patience.ts';
import { seen } from './witness.ts';

export interface Frame {
  op: number;
  type?: string;
  seq?: number;
  // What tests read out of it is their own business.
  data: Record<string, any>;
}

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
  /** Answers to heartbeats. */
  #beats = 0;
  #wake: (() => void)[] = [];

  private constructor(url: string) {
    this.#socket = new WebSocket(url);
    this.#socket.addEventListener('message', ({ data }) => {
      const frame = JSON.parse(String(data)) as Frame;
      if (typeof frame.seq === 'number') this.seq = frame.seq;
      if (frame.op === 0) seen.events.add(frame.type ?? '');
      if (frame.op === 4) this.#beats += 1;
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

  /** Looks whenever something has come, until what is looked for is there. */
  async #until<T>(look: () => T | undefined, what: string): Promise<T> {
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      this.#stir();
    }, patience_ms);
    try {
      for (;;) {
        const found = look();
        if (found !== undefined) return found;
        if (isLate || this.closed !== null) {
          const heard = this.frames.map(({ op, type }) => type ?? `op ${op}`).join(', ');
          throw new Error(`waited for ${what}; closed: ${this.closed}; heard: ${heard}`);
        }
        await new Promise<void>((resolve) => this.#wake.push(resolve));
      }
    } finally {
      clearTimeout(late);
    }
  }

  /** The next unread frame that fits; those before it stay unread only if they are no events. */
  frame(fits: (frame: Frame) => boolean, what: string): Promise<Frame> {
    return this.#until(() => {
      const index = this.frames.findIndex((frame, at) => at >= this.#read && fits(frame));
      if (index >= 0) this.#read = index + 1;
      return this.frames[index];
    }, what);
  }

  /** The next event of that type that fits. */
  hears(type: string, fits: (data: Frame['data']) => boolean = () => true): Promise<Frame> {
    return this.frame((frame) => frame.type === type && fits(frame.data), type);
  }

  /** Everything sent so far has arrived when the answer to a heartbeat has. */
  async settled(): Promise<void> {
    const due = this.#beats + 1;
    this.send(1, this.seq);
    await this.#until(() => (this.#beats >= due ? true : undefined), 'an answer to a heartbeat');
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

  closes(): Promise<number> {
    return this.#until(() => this.closed ?? undefined, 'the end of the socket');
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

// The socket of the Flutter client: when it comes back, with which session, and what it closes with.
import { patience_ms } from '../patience.ts';
import { seen } from '../witness.ts';
import { readEvent } from './flutter-models.ts';

export const peopleIntents = [
  ...['spaces', 'messages', 'message_content', 'message_reactions', 'message_typing'],
  ...['members', 'presences', 'voice_states', 'experiences'],
];

export const guestIntents = ['spaces', 'messages', 'message_content', 'members'];

/** Seconds until it comes back, where the client draws them at random. */
export interface Delays {
  /** After op 7: 1 to 5 s. */
  refused: number;
  /** Added to 1, 2, 4 … 32 s after a close: up to 1 s. */
  closed: number;
}

export interface SocketOptions {
  url: string;
  token: string;
  /** Those of people unless a test says so. */
  intents?: readonly string[];
  delays: Delays;
  /** How long a second lasts. */
  second_ms: number;
}

const final = [4003, 4004, 4012, 4013, 4014];
const mostAttempts = 10;

export class FlutterSocket {
  readonly events: { type: string; data: any }[] = [];
  identifies = 0;
  resumes = 0;
  resumed = 0;
  ready: any = null;
  /** Set when it will not come back. */
  endedWith: number | null = null;
  readonly #options: SocketOptions;
  #socket: WebSocket | null = null;
  #session_id: string | null = null;
  #seq: number | null = null;
  #isResuming = false;
  #isLive = false;
  #attempt = 0;
  #pending = 0;
  #beats: Timer | undefined;
  #wake: (() => void)[] = [];

  constructor(options: SocketOptions) {
    this.#options = options;
    this.#open(false);
  }

  get session_id(): string | null {
    return this.#session_id;
  }

  #open(isReconnect: boolean): void {
    const before = this.#socket;
    // It listens to the new one alone, and shuts the old one without a code.
    const socket = new WebSocket(`${this.#options.url}?v=1&encoding=json`);
    this.#socket = socket;
    this.#isLive = false;
    before?.close();
    socket.addEventListener('message', ({ data }) => {
      if (this.#socket === socket) this.#received(JSON.parse(String(data)), isReconnect);
    });
    socket.addEventListener('close', ({ code }) => {
      if (this.#socket === socket) this.#closed(code);
    });
  }

  #send(op: number, data: unknown): void {
    this.#socket?.send(JSON.stringify({ op, data }));
  }

  #received({ op, type, seq, data }: any, isReconnect: boolean): void {
    if (typeof seq === 'number') this.#seq = seq;
    if (op === 0) this.#event(type, data);
    else if (op === 1) this.#send(1, this.#seq);
    else if (op === 5) this.#hello(data, isReconnect);
    else if (op === 6) this.#socket?.close(4000);
    else if (op === 7) this.#refused(data);
    this.#stir();
  }

  #hello({ heartbeat_interval }: any, isReconnect: boolean): void {
    clearInterval(this.#beats);
    const beat_ms = Math.max(1_000, Math.min(heartbeat_interval, 15_000));
    this.#beats = setInterval(() => this.#send(1, this.#seq), beat_ms);
    const token = `Bearer ${this.#options.token}`;
    if (this.#session_id !== null && isReconnect) {
      this.resumes += 1;
      this.#isResuming = true;
      this.#send(3, { token, session_id: this.#session_id, seq: this.#seq });
      return;
    }
    this.identifies += 1;
    const properties = { os: 'dart', client: 'AccordKit', version: '2.0.0' };
    const { intents = peopleIntents } = this.#options;
    this.#send(2, { token, intents, properties });
  }

  #event(type: string, data: any): void {
    seen.events.add(type);
    const read = readEvent(type, data);
    this.events.push({ type, data: read });
    if (type !== 'ready' && type !== 'resumed') return;
    if (type === 'ready') {
      this.ready = read;
      this.#session_id = read.session_id;
    } else {
      this.resumed += 1;
    }
    this.#isResuming = false;
    this.#isLive = true;
    this.#attempt = 0;
  }

  #refused(data: unknown): void {
    // An object is no `true`.
    if (data !== true) this.#forget();
    this.#later(this.#options.delays.refused);
  }

  #forget(): void {
    this.#session_id = null;
    this.#seq = null;
  }

  #closed(code: number): void {
    clearInterval(this.#beats);
    this.#isLive = false;
    if (this.#isResuming) this.#forget();
    this.#isResuming = false;
    this.#attempt += 1;
    if (final.includes(code) || this.#attempt > mostAttempts) this.endedWith = code;
    else this.#later(Math.min(32, 2 ** (this.#attempt - 1)) + this.#options.delays.closed);
    this.#stir();
  }

  /** Comes back after some seconds: op 7 and the close start one of these each. */
  #later(seconds: number): void {
    this.#pending += 1;
    setTimeout(() => {
      this.#pending -= 1;
      if (this.endedWith === null) this.#open(true);
    }, seconds * this.#options.second_ms);
  }

  #stir(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  async #until<T>(look: () => T | undefined, what: string): Promise<T> {
    const late = setTimeout(() => this.#stir(), patience_ms);
    const until = Date.now() + patience_ms;
    try {
      for (;;) {
        const found = look();
        if (found !== undefined) return found;
        if (Date.now() >= until) throw new Error(`waited for ${what}: ${JSON.stringify(this)}`);
        await new Promise<void>((resolve) => this.#wake.push(resolve));
      }
    } finally {
      clearTimeout(late);
    }
  }

  /** Waits until it is connected, and nothing is under way that would connect it again. */
  async isAtRest(): Promise<void> {
    await this.#until(() => (this.#isLive && this.#pending === 0 ? true : undefined), 'rest');
  }

  /** Waits for an event of that type that fits; looks through all that came. */
  hears(type: string, fits: (data: any) => boolean = () => true): Promise<any> {
    const find = () => this.events.find((one) => one.type === type && fits(one.data))?.data;
    return this.#until(find, type);
  }

  /** Waits until it will not come back; answers the code that it was closed with. */
  ends(): Promise<number> {
    return this.#until(() => this.endedWith ?? undefined, 'the end');
  }

  command(op: number, data: object): void {
    this.#send(op, data);
  }

  /** The network goes away without a word; it comes back by itself. */
  drop(): void {
    (this.#socket as unknown as { terminate(): void }).terminate();
  }

  /** Signs out, or the app ends. */
  leave(): void {
    this.endedWith = 1000;
    clearInterval(this.#beats);
    this.#socket?.close(1000);
  }

  [Symbol.dispose](): void {
    this.leave();
  }
}

// A connection to the gateway that comes back: it beats, notices silence, and takes its session up again.
import type { Heard } from './wire.ts';

export type Line =
  /** Not there yet, or gone for a moment. */
  | 'connecting'
  /** READY or `resumed` has come. */
  | 'open'
  /** The token is not valid any more. */
  | 'refused';

export interface GatewayOptions {
  /** The address of the gateway, ws:// or wss://. */
  readonly url: string;
  readonly token: string;
  readonly intents: readonly string[];
  /** What READY and replays are paced for: `web` in a browser. */
  readonly os: string;
  /** Takes in an event; `isReplayed`: RESUME brought it. */
  heard(event: Heard, isReplayed: boolean): void;
  line(now: Line): void;
}

/** The operations of the gateway that a client sends or hears. */
const op = {
  event: 0,
  beat: 1,
  identify: 2,
  resume: 3,
  ack: 4,
  hello: 5,
  reconnect: 6,
  invalid: 7,
};

interface Frame {
  readonly op: number;
  readonly data?: unknown;
}

/** The codes with which a client closes: its session stays, or ends. */
const [comesBack, isOver] = [4000, 1000];
/** The token is not valid. */
const refused = 4004;
const wait_ms = { first: 250, max: 20_000 };
/** So long a line that is asked may take to answer. */
const answer_ms = 5_000;

export class Gateway {
  readonly #options: GatewayOptions;
  #socket: WebSocket | null = null;
  #session: { session_id: string; seq: number } | null = null;
  #isResuming = false;
  #isEnded = false;
  #failures = 0;
  #beating: ReturnType<typeof setInterval> | undefined;
  #waiting: ReturnType<typeof setTimeout> | undefined;
  /** Whether the last heartbeat was answered. */
  #isAnswered = true;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#connect();
  }

  /** Ends the session for good: the server forgets it. */
  end(): void {
    this.#isEnded = true;
    clearInterval(this.#beating);
    clearTimeout(this.#waiting);
    this.#socket?.close(isOver);
  }

  /**
   * For when the network is back or a device wakes up: does not wait any longer, and asks at once whether
   * the line still holds.
   */
  hurry(): void {
    if (this.#isEnded) return;
    if (this.#waiting !== undefined) {
      clearTimeout(this.#waiting);
      this.#connect();
      return;
    }
    const socket = this.#socket;
    this.#isAnswered = false;
    this.send(op.beat, this.#session?.seq ?? 0);
    setTimeout(() => {
      if (socket === this.#socket && !this.#isAnswered) this.drop();
    }, answer_ms);
  }

  send(operation: number, data: unknown): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify({ op: operation, data }));
  }

  /** Cuts the line as a bad network does, and comes back. */
  drop(): void {
    this.#socket?.close(comesBack);
  }

  #connect(): void {
    this.#waiting = undefined;
    this.#options.line('connecting');
    const socket = new WebSocket(`${this.#options.url}?v=1&encoding=json`);
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#received(JSON.parse(String(data)) as Frame);
    };
    socket.onclose = ({ code }) => {
      if (socket === this.#socket) this.#lost(code);
    };
  }

  #received(frame: Frame): void {
    if (frame.op === op.event) this.#told(frame as Heard);
    else if (frame.op === op.hello) this.#greeted(frame.data as { heartbeat_interval: number });
    else if (frame.op === op.ack) this.#isAnswered = true;
    else if (frame.op === op.reconnect) this.drop();
    // What was missed cannot be replayed: the next handshake begins a new session.
    else if (frame.op === op.invalid) this.#session = null;
  }

  #greeted({ heartbeat_interval }: { heartbeat_interval: number }): void {
    const { token: bare, intents, os } = this.#options;
    const token = `Bearer ${bare}`;
    this.#isResuming = this.#session !== null;
    if (this.#session !== null) this.send(op.resume, { token, ...this.#session });
    else this.send(op.identify, { token, intents, properties: { os, client: 'accord-web' } });
    this.#isAnswered = true;
    clearInterval(this.#beating);
    this.#beating = setInterval(() => this.#beat(), heartbeat_interval);
  }

  /** Sends a heartbeat; a line on which the last one found no answer is dead. */
  #beat(): void {
    if (!this.#isAnswered) return this.drop();
    this.#isAnswered = false;
    this.send(op.beat, this.#session?.seq ?? 0);
  }

  #told(event: Heard): void {
    if (event.type === 'ready') {
      this.#session = { session_id: event.data.session_id, seq: event.seq ?? 0 };
    }
    const isGreeting = event.type === 'ready' || event.type === 'resumed';
    if (isGreeting) this.#isResuming = false;
    this.#options.heard(event, this.#isResuming);
    // Noted after it was taken in: what breaks on the way is asked for again.
    if (this.#session !== null && event.seq !== undefined) this.#session.seq = event.seq;
    if (!isGreeting) return;
    this.#failures = 0;
    this.#options.line('open');
  }

  #lost(code: number): void {
    clearInterval(this.#beating);
    if (this.#isEnded) return;
    if (code === refused) {
      this.#isEnded = true;
      return this.#options.line('refused');
    }
    this.#options.line('connecting');
    const { first, max } = wait_ms;
    const after_ms = Math.min(max, first * 2 ** this.#failures) * (0.5 + Math.random());
    this.#failures += 1;
    this.#waiting = setTimeout(() => this.#connect(), after_ms);
  }
}

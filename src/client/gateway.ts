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
/** The token is not valid. After every other code the client comes back. */
const refused = 4004;
/** Frames or handshakes came too often. */
const tooOften = 4008;
/** The pause before the next attempt: the first one, which each failure doubles, up to the last. */
const wait_ms = { first: 250, firstTooOften: 2_000, max: 20_000 };
/** A new session that comes so soon after another counts as a failure: something ends them. */
const calm_ms = 60_000;
/** So long the timers of a device that is awake may be late. */
const late_ms = 10_000;
/** The server has closed the line of a device that has slept for so long. */
const givenUp_ms = 90_000;
/** How often it is asked whether the device has slept. */
const look_ms = 5_000;
/** From an attempt to HELLO at most. */
const greeting_ms = 15_000;
/** So long a line that is asked may take to answer. */
const answer_ms = 5_000;

export class Gateway {
  readonly #options: GatewayOptions;
  #socket: WebSocket | null = null;
  #session: { session_id: string; seq: number } | null = null;
  #isResuming = false;
  #isEnded = false;
  #failures = 0;
  /** How many new sessions came soon after each other, and when the last one did. */
  #anew = { count: 0, at: 0 };
  /** Whether the server wants the pause that is on. */
  #isWanted = false;
  #beating: ReturnType<typeof setInterval> | undefined;
  #waiting: ReturnType<typeof setTimeout> | undefined;
  #greeting: ReturnType<typeof setTimeout> | undefined;
  #asking: ReturnType<typeof setTimeout> | undefined;
  /** Whether the last heartbeat was answered. */
  #isAnswered = true;
  readonly #looking: ReturnType<typeof setInterval>;
  #looked_at = Date.now();

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#looking = setInterval(() => {
      if (this.#slept_ms() > late_ms) this.hurry();
      this.#looked_at = Date.now();
    }, look_ms);
    this.#connect();
  }

  /** Ends the session for good: the server forgets it. */
  end(): void {
    this.#stop();
    this.#socket?.close(isOver);
  }

  #stop(): void {
    this.#isEnded = true;
    clearInterval(this.#looking);
    clearTimeout(this.#waiting);
    this.#rest();
  }

  /** Waits for nothing from the line any more. */
  #rest(): void {
    clearInterval(this.#beating);
    clearTimeout(this.#greeting);
    this.#hears();
  }

  /** The line has answered. */
  #hears(): void {
    this.#isAnswered = true;
    clearTimeout(this.#asking);
    this.#asking = undefined;
  }

  /** How long the timers have stood still. */
  #slept_ms(): number {
    return Date.now() - this.#looked_at - look_ms;
  }

  /**
   * For when the network has changed or a device wakes up: does not wait any longer, and asks at once
   * whether the line still holds. It notices by itself that timers stood still.
   */
  hurry(): void {
    if (this.#isEnded) return;
    const slept_ms = this.#slept_ms();
    this.#looked_at = Date.now();
    if (slept_ms > givenUp_ms) this.drop();
    if (this.#waiting !== undefined) {
      if (this.#isWanted) return;
      clearTimeout(this.#waiting);
      this.#connect();
      return;
    }
    if (this.#asking !== undefined) return;
    this.#asking = setTimeout(() => this.drop(), answer_ms);
    this.send(op.beat, this.#session?.seq ?? 0);
  }

  send(operation: number, data: unknown): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify({ op: operation, data }));
  }

  /**
   * Cuts the line as a bad network does, and comes back. It does not wait for the other end to agree:
   * where the network is gone, browsers do so for a minute.
   */
  drop(): void {
    const socket = this.#socket;
    if (socket === null || this.#isEnded) return;
    this.#socket = null;
    socket.close(comesBack);
    this.#lost(comesBack);
  }

  #connect(): void {
    this.#waiting = undefined;
    this.#options.line('connecting');
    const socket = new WebSocket(`${this.#options.url}?v=1&encoding=json`);
    this.#socket = socket;
    this.#greeting = setTimeout(() => this.drop(), greeting_ms);
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#received(JSON.parse(String(data)) as Frame);
    };
    socket.onclose = ({ code }) => {
      if (socket !== this.#socket) return;
      this.#socket = null;
      this.#lost(code);
    };
  }

  #received(frame: Frame): void {
    if (frame.op === op.event) this.#told(frame as Heard);
    else if (frame.op === op.hello) this.#greeted(frame.data as { heartbeat_interval: number });
    else if (frame.op === op.ack) this.#hears();
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
    this.#rest();
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
      const now = Date.now();
      const isSoon = now - this.#anew.at < calm_ms;
      this.#anew = { count: isSoon ? this.#anew.count + 1 : 0, at: now };
    }
    const isGreeting = event.type === 'ready' || event.type === 'resumed';
    if (isGreeting) this.#isResuming = false;
    this.#options.heard(event, this.#isResuming);
    // Noted after it was taken in: what breaks on the way is asked for again.
    if (this.#session !== null && event.seq !== undefined) this.#session.seq = event.seq;
    if (!isGreeting) return;
    this.#failures = event.type === 'ready' ? this.#anew.count : 0;
    this.#options.line('open');
  }

  #lost(code: number): void {
    this.#rest();
    if (this.#isEnded) return;
    if (code === refused) {
      this.#stop();
      return this.#options.line('refused');
    }
    this.#options.line('connecting');
    this.#isWanted = code === tooOften;
    const first = this.#isWanted ? wait_ms.firstTooOften : wait_ms.first;
    const after_ms = Math.min(wait_ms.max, first * 2 ** this.#failures) * (0.5 + Math.random());
    this.#failures += 1;
    this.#waiting = setTimeout(() => this.#connect(), after_ms);
  }
}

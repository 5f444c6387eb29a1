// A session of the gateway that outlives its connections: whatever was missed is asked for and comes, in order.

export interface Event {
  type: string;
  // What it carries depends on the type; the server's AsyncAPI document says what.
  data: Record<string, unknown>;
}

/** Where a session goes on: its id, and the number of the last event that was dealt with. */
export interface Place {
  session_id: string;
  seq: number;
}

export interface Parts {
  /** `http://…` or `https://…` */
  server: string;
  token: string;
  intents: readonly string[];
  /** Where the last run stopped; null for a new session. */
  place: Place | null;
  /** Deals with one event; the next one waits. */
  handle(event: Event): Promise<void>;
  /** Called after each event that was dealt with. */
  reached(place: Place | null): void;
}

interface Frame {
  op: number;
  type?: string;
  seq?: number;
  data?: Record<string, unknown>;
}

const op = {
  event: 0,
  heartbeat: 1,
  identify: 2,
  resume: 3,
  heartbeat_ack: 4,
  hello: 5,
  reconnect: 6,
  invalid_session: 7,
} as const;

/** Closing with this code says that one will be back. */
const willReturn = 4000;
const badToken = 4004;

export class Session {
  readonly #parts: Parts;
  #socket: WebSocket | null = null;
  #beat: Timer | undefined;
  #isAcknowledged = true;
  #failures = 0;
  #session_id: string | null;
  /** The number of the last event that came in; RESUME asks for what follows it. */
  #received: number;
  /** Each event waits for the one before it. */
  #work: Promise<void> = Promise.resolve();
  #end: (error?: Error) => void = () => {};

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#session_id = parts.place?.session_id ?? null;
    this.#received = parts.place?.seq ?? 0;
  }

  /** Stays connected until `stop` is called, or the token turns out to be wrong. */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#end = (error) => (error ? reject(error) : resolve());
      this.#connect();
    });
  }

  /** Leaves in such a way that the next run can go on where this one stopped. */
  async stop(): Promise<void> {
    const end = this.#end;
    this.#end = () => {};
    this.#connect = () => {};
    this.#socket?.close(willReturn);
    await this.#work;
    end();
  }

  #connect = (): void => {
    const url = new URL('ws?v=1&encoding=json', this.#parts.server.replace(/\/*$/, '/'));
    url.protocol = url.protocol.replace('http', 'ws');
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#hear(JSON.parse(String(data)) as Frame));
    socket.addEventListener('close', ({ code }) => this.#closed(code));
  };

  #closed(code: number): void {
    clearInterval(this.#beat);
    if (code === badToken) return this.#end(new Error('The token is not valid (any more).'));
    // Soon at first, then less often, and not all bots of a server in the same moment.
    const wait_ms = Math.min(10_000, 100 * 2 ** this.#failures) * (0.5 + Math.random());
    this.#failures += 1;
    setTimeout(() => this.#connect(), wait_ms);
  }

  #send(code: number, data: unknown): void {
    this.#socket?.send(JSON.stringify({ op: code, data }));
  }

  #hear({ op: code, type, seq, data = {} }: Frame): void {
    switch (code) {
      case op.hello:
        this.#startBeating(Number(data['heartbeat_interval']));
        return this.#introduce();
      case op.heartbeat:
        return this.#send(op.heartbeat, this.#received);
      case op.heartbeat_ack:
        this.#isAcknowledged = true;
        return;
      case op.reconnect:
        return this.#socket?.close(willReturn);
      case op.invalid_session:
        // Too long away, or seeing other channels than before: what happened since is not told.
        this.#session_id = null;
        return;
      case op.event:
        return this.#take({ type: type ?? '', data }, seq);
    }
  }

  #startBeating(interval_ms: number): void {
    this.#isAcknowledged = true;
    clearInterval(this.#beat);
    this.#beat = setInterval(() => {
      if (!this.#isAcknowledged) return this.#socket?.close(willReturn);
      this.#isAcknowledged = false;
      this.#send(op.heartbeat, this.#received);
    }, interval_ms);
  }

  #introduce(): void {
    const token = `Bot ${this.#parts.token}`;
    if (this.#session_id === null) {
      this.#send(op.identify, { token, intents: this.#parts.intents });
    } else {
      this.#send(op.resume, { token, session_id: this.#session_id, seq: this.#received });
    }
  }

  #take(event: Event, seq: number | undefined): void {
    if (event.type === 'ready') this.#session_id = String(event.data['session_id']);
    if (event.type === 'ready' || event.type === 'resumed') this.#failures = 0;
    if (seq !== undefined) this.#received = seq;
    const session_id = this.#session_id;
    const here = this.#received;
    this.#work = this.#work
      .then(() => this.#parts.handle(event))
      .catch((error: unknown) => console.error(`${event.type} was not dealt with:`, error))
      .then(() => this.#parts.reached(session_id === null ? null : { session_id, seq: here }));
  }
}

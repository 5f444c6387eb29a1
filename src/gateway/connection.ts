// One socket: its handshake, its heartbeats, and the commands that it receives.
import type { App } from '../app.ts';
import { ApiError } from '../errors.ts';
import type { Socket } from '../events/hub.ts';
import { isSlow } from '../events/slow-readers.ts';
import { addressKey } from '../lib/address.ts';
import { readCommand, runOrder, type Command, type Order } from './command.ts';
import { EarlyOrders } from './early.ts';
import { InboundLimit } from './inbound-limit.ts';
import { parseFrame, type InboundFrame } from './inbound.ts';
import {
  closeCodes,
  earlyFrame_bytes,
  frames,
  Identify,
  isResumable,
  meansToReturn,
  op,
  Resume,
  tooOften,
  type CloseCode,
} from './protocol.ts';
import type { Session } from './session.ts';

/** The part of Bun's WebSocket that a connection uses. */
export interface Ws extends Socket {
  close(code?: number, reason?: string): void;
  /** Sends together what `run` sends. */
  cork(run: () => void): unknown;
}

/** The part of the gateway that a connection uses. */
export interface Door {
  readonly app: App;
  opened(connection: Connection): void;
  /** A handshake begins: the socket does not wait for one any more. */
  begins(connection: Connection): void;
  /** Counts a handshake from this address that failed; false if it fails too often. */
  failed(address: string): boolean;
  /** Tells whether handshakes from this address have failed too often just now. */
  distrusts(address: string): boolean;
  /** Either side has closed it; `resumable`: its session can be resumed. */
  closed(connection: Connection, resumable: boolean): void;
  /** The socket is gone. */
  gone(connection: Connection): void;
  identify(connection: Connection, wish: Identify): Promise<void>;
  resume(connection: Connection, wish: Resume): Promise<void>;
  readonly commands: ReadonlyMap<number, Command>;
}

export class Connection implements Socket {
  readonly address: string;
  /** By which sockets from there are counted. */
  readonly address_key: string;
  readonly opened_at: number;
  /** When the last heartbeat came, by `clock.steady()`. */
  beat_at: number;
  session: Session | null = null;
  /** Whether IDENTIFY or RESUME is under way. */
  isBusy = false;
  /** Whether either side has closed it; nothing is sent or received after that. */
  isClosed = false;
  readonly #gateway: Door;
  readonly #ws: Ws;
  /** The code that we closed with, or null; the client's echo of it does not count. */
  #closedWith: number | null = null;
  readonly #early = new EarlyOrders();
  #emptied: (() => void)[] = [];
  readonly #limit: InboundLimit;

  constructor(gateway: Door, ws: Ws, address: string) {
    this.#gateway = gateway;
    this.#ws = ws;
    this.address = address;
    this.address_key = addressKey(address);
    const now = gateway.app.clock.steady();
    this.opened_at = now;
    this.beat_at = now;
    this.#limit = new InboundLimit(now);
    gateway.opened(this);
    this.send(frames.hello);
  }

  send(frame: string): number {
    if (this.isClosed) return 0;
    const sent = this.#ws.send(frame);
    // The socket dropped the frame: the client must not go on without it.
    if (sent === 0) this.terminate();
    return sent;
  }
  subscribe(topic: string): void {
    if (!this.isClosed) this.#ws.subscribe(topic);
  }
  unsubscribe(topic: string): void {
    if (!this.isClosed) this.#ws.unsubscribe(topic);
  }
  getBufferedAmount(): number {
    return this.isClosed ? 0 : this.#ws.getBufferedAmount();
  }

  /** Sends together what `run` sends. */
  cork(run: () => void): void {
    if (!this.isClosed) this.#ws.cork(run);
  }

  close(code: number, reason: string): void {
    if (this.isClosed) return;
    this.#over(code);
    // Bun sends the close frame after all frames that were sent before.
    this.#ws.close(code, reason);
  }

  /** Cuts the connection without a close frame: the client is too slow to read one. */
  terminate(): void {
    if (this.isClosed) return;
    this.#over(1006);
    this.#ws.terminate();
  }

  /** Tells the gateway at once, before the socket is gone. */
  #over(code: number): void {
    this.#closedWith = code;
    this.isClosed = true;
    this.#gateway.closed(this, isResumable(code));
    this.#wake();
  }

  /** Sends INVALID_SESSION and closes at once, so that clients reconnect only once. */
  refuse(code: CloseCode): void {
    this.send(frames.invalid_session);
    this.close(code, closeCodes[code].says);
  }

  /** Handles the end of the socket; `code` is the client's close code. */
  ended(code: number): void {
    if (this.#closedWith === null) {
      this.isClosed = true;
      this.#gateway.closed(this, meansToReturn(code, this.session?.os ?? ''));
      this.#wake();
    }
    this.#gateway.gone(this);
  }

  /** Cuts off a client that does not answer the close frame. */
  abandon(): void {
    this.#ws.terminate();
  }

  drained(): void {
    this.#wake();
    this.session?.drained();
  }

  #wake(): void {
    for (const wake of this.#emptied.splice(0)) wake();
  }

  /** Waits until the socket has no buffered bytes, or is gone. */
  async emptied(): Promise<void> {
    while (this.getBufferedAmount() > 0) {
      await new Promise<void>((resolve) => this.#emptied.push(resolve));
    }
  }

  /** Handles a frame; what is not text is counted only. */
  received(message: string | Uint8Array): void {
    if (this.isClosed) return;
    const bytes = Buffer.byteLength(message);
    const now = this.#gateway.app.clock.steady();
    const isReady = this.session !== null;
    // Parsed once, and only if its length allows it.
    let parsed: InboundFrame | null | undefined;
    const read = () => {
      if (parsed === undefined) parsed = typeof message === 'string' ? parseFrame(message) : null;
      return parsed;
    };
    if (!this.#limit.admits({ bytes, op: () => read()?.op ?? null, isReady, now })) {
      return this.close(4008, 'rate limit exceeded');
    }
    if (typeof message !== 'string') return;
    const isLong = !isReady && bytes > earlyFrame_bytes;
    if (isLong && this.isBusy) return this.close(1009, closeCodes[1009].says);
    // Where others have failed so often just now, what is long is not even parsed.
    if (isLong && this.#gateway.distrusts(this.address)) return this.close(4008, tooOften);
    const frame = read();
    if (isLong && frame !== null && frame.op !== op.identify && frame.op !== op.resume) {
      this.#gateway.failed(this.address);
      return this.close(1009, closeCodes[1009].says);
    }
    if (frame?.op === op.heartbeat) return this.#beat(now);
    if (this.session !== null) this.#inSession(this.session, frame);
    else if (this.isBusy) this.#meanwhile(frame);
    else this.#beforeSession(frame);
  }

  /** Counts a ping or a pong: nobody needs many of them. */
  pinged(): void {
    if (this.isClosed) return;
    const now = this.#gateway.app.clock.steady();
    const isReady = this.session !== null;
    if (!this.#limit.admits({ bytes: 0, op: () => null, isReady, now })) {
      this.close(4008, 'rate limit exceeded');
    }
  }

  #beat(now: number): void {
    this.beat_at = now;
    // Many heartbeats are free, so a client that does not read the acks is cut off.
    if (isSlow(this)) return this.terminate();
    this.send(frames.heartbeat_ack);
  }

  /** Refuses a frame from before the session. */
  #refuseFrame(code: 4001 | 4002): void {
    this.#gateway.failed(this.address);
    this.refuse(code);
  }

  #beforeSession(frame: InboundFrame | null): void {
    if (frame === null) return this.#refuseFrame(4002);
    switch (frame.op) {
      case op.voice_signal:
        return;
      case op.identify: {
        const wish = Identify.safeParse(frame.data);
        if (!wish.success) return this.#refuseFrame(4002);
        wish.data.presence = this.#early.presence ?? wish.data.presence;
        return this.#begin(() => this.#gateway.identify(this, wish.data));
      }
      case op.resume: {
        const wish = Resume.safeParse(frame.data);
        if (!wish.success) return this.#refuseFrame(4002);
        return this.#begin(() => this.#gateway.resume(this, wish.data));
      }
      default: {
        const command = this.#gateway.commands.get(frame.op);
        if (command === undefined) return this.#refuseFrame(4001);
        this.#early.before(command, frame.data);
      }
    }
  }

  /** Keeps commands that come between IDENTIFY and READY until after READY. */
  #meanwhile(frame: InboundFrame | null): void {
    if (frame === null) return;
    if (frame.op === op.identify || frame.op === op.resume) {
      return this.close(4005, 'already authenticating');
    }
    const command = this.#gateway.commands.get(frame.op);
    if (!this.#early.meanwhile(command, frame.data)) this.close(4008, 'rate limit exceeded');
  }

  #begin(handshake: () => Promise<void>): void {
    this.isBusy = true;
    this.#gateway.begins(this);
    handshake()
      .catch((error: unknown) => {
        // The session is as good as before, so the client must not be told to begin anew.
        if (error instanceof ApiError && error.problem === 'unavailable') {
          return this.close(1013, closeCodes[1013].says);
        }
        this.#gateway.app.log.error({ err: error }, 'a handshake failed');
        this.refuse(4009);
      })
      .finally(() => {
        this.isBusy = false;
      });
  }

  /** Runs the commands that came early; `resumed`: also those from before RESUME. */
  established({ resumed }: { resumed: boolean }): void {
    for (const order of this.#early.take({ resumed })) {
      if (this.session !== null) this.#run(this.session, order);
    }
  }

  #inSession(session: Session, frame: InboundFrame | null): void {
    if (frame === null) return;
    if (frame.op === op.identify || frame.op === op.resume) {
      return this.close(4005, 'already authenticated');
    }
    const command = this.#gateway.commands.get(frame.op);
    const order = command && readCommand(command, frame.data);
    if (order) this.#run(session, order);
  }

  #run(session: Session, order: Order): void {
    const { app } = this.#gateway;
    try {
      runOrder(order, app, session);
    } catch (error) {
      app.log.error({ err: error, op: order.command.op }, 'a command failed');
    }
  }
}

// One socket: the handshake, heartbeats, the limit on what comes in, and frames to their commands.
import { parseFrame } from './inbound.ts';
import type { Gateway } from './gateway.ts';
import {
  frames,
  Identify,
  inboundLimit,
  isResumable,
  op,
  Resume,
  type CloseCode,
} from './protocol.ts';
import type { Session } from './session.ts';

/** What a connection needs of Bun's socket. */
export interface Ws {
  send(frame: string): number;
  close(code?: number, reason?: string): void;
  terminate(): void;
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  getBufferedAmount(): number;
}

export class Connection {
  readonly address: string;
  readonly opened_at: number;
  /** When the last heartbeat came. */
  beat_at: number;
  session: Session | null = null;
  /** Whether IDENTIFY or RESUME is under way. */
  isBusy = false;
  isClosed = false;
  readonly #gateway: Gateway;
  readonly #ws: Ws;
  /** The code that we closed with ourselves; it decides over the client's echo. */
  #closedWith: number | null = null;
  /** What the client sent as presence before it identified. */
  #presence: unknown = undefined;
  #window_at: number;
  #received = 0;

  constructor(gateway: Gateway, ws: Ws, address: string) {
    this.#gateway = gateway;
    this.#ws = ws;
    this.address = address;
    const now = gateway.app.clock.now();
    this.opened_at = now;
    this.beat_at = now;
    this.#window_at = now;
    gateway.opened(this);
    this.send(frames.hello);
  }

  send(frame: string): number {
    return this.isClosed ? 0 : this.#ws.send(frame);
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

  close(code: number, reason: string): void {
    if (this.isClosed || this.#closedWith !== null) return;
    this.#closedWith = code;
    // Off the air at once; the close frame follows what was sent.
    this.#gateway.closed(this, isResumable(code));
    this.#ws.close(code, reason);
  }

  /** Ends it without a close frame: the reader is too slow to read one. */
  terminate(): void {
    if (this.isClosed) return;
    this.#closedWith ??= 1006;
    this.#gateway.closed(this, isResumable(this.#closedWith));
    this.#ws.terminate();
  }

  /** INVALID_SESSION and the close in one write: clients then reconnect once, cleanly. */
  refuse(code: CloseCode): void {
    if (this.isClosed) return;
    this.send(frames.invalid_session);
    this.close(code, 'invalid session');
  }

  /** The socket is gone; `code` as the client gave it. */
  ended(code: number): void {
    this.isClosed = true;
    this.#gateway.closed(this, isResumable(this.#closedWith ?? code));
  }

  drained(): void {
    this.session?.drain();
  }

  received(text: string): void {
    const frame = parseFrame(text);
    if (frame?.op === op.heartbeat) {
      this.beat_at = this.#gateway.app.clock.now();
      this.send(frames.heartbeat_ack);
      return;
    }
    if (this.#tooMany()) return this.close(4008, 'rate limit exceeded');
    if (this.session === null) this.#beforeSession(frame);
    else this.#inSession(this.session, frame);
  }

  #tooMany(): boolean {
    const now = this.#gateway.app.clock.now();
    if (now - this.#window_at >= inboundLimit.window_ms) {
      this.#window_at = now;
      this.#received = 0;
    }
    this.#received += 1;
    return this.#received > inboundLimit.frames;
  }

  #beforeSession(frame: { op: number; data?: unknown } | null): void {
    if (frame === null) return this.refuse(4002);
    switch (frame.op) {
      case op.presence_update:
        // The Godot client sends this first when its saved status is not online.
        this.#presence = frame.data;
        return;
      case op.voice_state_update:
      case op.request_members:
      case op.voice_signal:
        return;
      case op.identify: {
        if (this.isBusy) return this.close(4005, 'already authenticating');
        const wish = Identify.safeParse(frame.data);
        if (!wish.success) return this.refuse(4002);
        const presence = this.#presence ?? wish.data.presence ?? undefined;
        return this.#begin(this.#gateway.identify(this, wish.data, presence));
      }
      case op.resume: {
        if (this.isBusy) return this.close(4005, 'already authenticating');
        const wish = Resume.safeParse(frame.data);
        if (!wish.success) return this.refuse(4002);
        return this.#begin(this.#gateway.resume(this, wish.data, this.#presence));
      }
      default:
        return this.refuse(4001);
    }
  }

  #begin(handshake: Promise<void>): void {
    this.isBusy = true;
    handshake
      .catch((error: unknown) => {
        this.#gateway.app.log.error({ err: error }, 'a handshake failed');
        this.refuse(4009);
      })
      .finally(() => {
        this.isBusy = false;
      });
  }

  #inSession(session: Session, frame: { op: number; data?: unknown } | null): void {
    if (frame === null) return;
    if (frame.op === op.identify || frame.op === op.resume) {
      return this.close(4005, 'already authenticated');
    }
    const command = this.#gateway.command(frame.op);
    const data = command?.data.safeParse(frame.data);
    if (!command || !data?.success) return;
    try {
      command.run({ app: this.#gateway.app, session, data: data.data });
    } catch (error) {
      this.#gateway.app.log.error({ err: error, op: frame.op }, 'a command failed');
    }
  }

  /** A PRESENCE_UPDATE that came before RESUME, taken as one that follows it. */
  receivePresence(data: unknown): void {
    if (this.session !== null) this.#inSession(this.session, { op: op.presence_update, data });
  }
}

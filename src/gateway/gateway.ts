// The gateway: accepts sockets, keeps sessions, closes silent connections, and drains at the end.
import type { App, Turn } from '../app.ts';
import type { Stored } from '../events/log.ts';
import { addressKey } from '../lib/address.ts';
import { Connection, type Door, type Ws } from './connection.ts';
import { HandshakeLimit } from './handshake-limit.ts';
import type { Command } from './command.ts';
import { endSession, releaseSessions } from './ends.ts';
import { holdsOf } from './holds.ts';
import type { SessionHooks } from './lifecycle.ts';
import { Identifying, type Ready } from './identify.ts';
import { Owed } from './owed.ts';
import {
  closeLimit_ms,
  endlessPatience,
  frames,
  handshakeLimit_ms,
  heartbeatLimit_ms,
  hold_ms,
  tooOften,
  type Identify,
  type Resume,
} from './protocol.ts';
import { resumeSession } from './resume.ts';
import type { Session, SessionParts } from './session.ts';
import { Waiting } from './waiting.ts';
import { dropAll, expiredSessions, heldSessions, markDropped, markLive } from './store.ts';

export interface GatewayParts {
  commands: readonly Command[];
  hooks: readonly SessionHooks[];
  /** Makes READY: everything that the session sees now. */
  ready(app: App, session: Session): Ready;
}

const housekeeping_ms = 5_000;
const sweep_ms = 250;
const release_ms = 1_000;
const expire_ms = 60_000;
const slice = 200;

export class Gateway implements Door {
  readonly app: App;
  readonly #parts: GatewayParts;
  readonly commands: ReadonlyMap<number, Command>;
  readonly #connections = new Set<Connection>();
  readonly #byAddress = new Map<string, number>();
  readonly #waiting = new Waiting<Connection>();
  /** When connections were closed whose sockets are not gone yet. */
  readonly #closing = new Map<Connection, number>();
  /** The connection that resumes a session, by session id; the newest one wins. */
  readonly #resuming = new Map<string, Connection>();
  readonly #limit: HandshakeLimit;
  readonly #common: Pick<SessionParts, 'failed' | 'owing' | 'pace'>;
  readonly #identifying: Identifying;
  readonly #timers: (() => void)[] = [];
  isDraining = false;

  constructor(app: App, parts: GatewayParts) {
    this.app = app;
    this.#parts = parts;
    this.#limit = new HandshakeLimit(app.config.MAX_SESSIONS_PER_ACCOUNT);
    this.#common = {
      failed: this.#failed,
      owing: new Owed(app, this.#failed),
      pace: (user_id, slice) => void app.pace.run(user_id, slice).catch(this.#failed),
    };
    this.#identifying = new Identifying({
      ...parts,
      app,
      common: this.#common,
      pace: app.pace,
      limit: this.#limit,
      end: ({ id, user_id }) => this.#later((turn) => endSession(turn, id, user_id)),
      tellGuests: (space_id) => this.#tellGuests(space_id),
    });
    this.commands = new Map(parts.commands.map((one) => [one.op, one]));
  }

  /** Loads the sessions of the last run and starts the timers. */
  async start(): Promise<void> {
    const { app } = this;
    await app.write((turn) => dropAll(turn.tx, turn.steady));
    for (const row of heldSessions(app.db)) {
      holdsOf(app).add(row.id, row.user_id, app.clock.steady() + hold_ms);
      for (const hooks of this.#parts.hooks) hooks.remembered?.(app, row);
    }
    this.#timers.push(
      app.clock.every(sweep_ms, () => app.hub.sweep()),
      app.clock.every(housekeeping_ms, () => this.#reap()),
      app.clock.every(release_ms, () => releaseSessions(app)),
      app.clock.every(expire_ms, () => this.#later((turn) => this.#expire(turn))),
    );
  }

  /** Tells whether another socket from this IP address (IPv6: its /64) may open. */
  admits(address: string): boolean {
    const open = this.#byAddress.get(addressKey(address)) ?? 0;
    return !this.isDraining && open < this.app.config.MAX_SOCKETS_PER_ADDRESS;
  }

  opened(connection: Connection): void {
    this.#connections.add(connection);
    const { address_key: key } = connection;
    this.#byAddress.set(key, (this.#byAddress.get(key) ?? 0) + 1);
    this.#waiting.add(connection, key)?.close(4008, tooOften);
  }

  begins(connection: Connection): void {
    this.#waiting.delete(connection);
  }

  failed(address: string): boolean {
    return this.#limit.fails(address, this.app.clock.steady());
  }

  distrusts(address: string): boolean {
    return this.#limit.distrusts(address, this.app.clock.steady());
  }

  closed(connection: Connection, resumable: boolean): void {
    if (!this.#connections.delete(connection)) return;
    this.#waiting.delete(connection);
    this.#closing.set(connection, this.app.clock.steady());
    const { session } = connection;
    if (session !== null) this.leave(session, resumable);
  }

  gone(connection: Connection): void {
    this.#closing.delete(connection);
    const { address_key: key } = connection;
    const left = (this.#byAddress.get(key) ?? 1) - 1;
    if (left === 0) this.#byAddress.delete(key);
    else this.#byAddress.set(key, left);
  }

  /** Removes a session from the hub, and parks or ends it. */
  leave(session: Session, resumable: boolean): void {
    const { app } = this;
    if (!session.isLive(app.hub)) return;
    const { id, user_id, guest_of } = session;
    session.discard();
    app.hub.remove(session);
    if (guest_of !== null) return this.#tellGuests(guest_of);
    if (!resumable) return this.#later((turn) => endSession(turn, id, user_id));
    const holds = holdsOf(app);
    holds.add(id, user_id, app.clock.steady() + hold_ms);
    // Until the record says so, a change of access in an earlier turn has to find it in `leaving`.
    holds.leaving.set(id, user_id);
    // When the server stops, the next start marks all sessions as dropped: their time begins there.
    if (this.isDraining) return;
    this.#later((turn) => {
      markDropped(turn.tx, id, turn.steady);
      turn.onCommit(() => holds.leaving.delete(id));
    });
  }

  readonly #failed = (error: unknown): void => {
    this.app.log.error({ err: error }, 'what a session waits for could not be made');
  };

  #later(run: (turn: Turn) => void): void {
    this.app.write(run, endlessPatience).catch((error: unknown) => {
      this.app.log.error({ err: error }, 'the record of a session was not written');
    });
  }

  identify(connection: Connection, wish: Identify): Promise<void> {
    return this.#identifying.identify(connection, wish);
  }

  #tellGuests(space_id: string): void {
    for (const hooks of this.#parts.hooks) hooks.guestsChanged?.(this.app, space_id);
  }

  resume(connection: Connection, wish: Resume): Promise<void> {
    const { app } = this;
    const retell = (user_id: string, events: readonly Stored[]) =>
      this.#parts.hooks.reduce(
        (said, { retells }) => retells?.(app, user_id, said) ?? said,
        events,
      );
    const parts = {
      app,
      resuming: this.#resuming,
      common: this.#common,
      pace: app.pace,
      limit: this.#limit,
      retell,
    };
    return resumeSession(parts, connection, wish, (row) => {
      holdsOf(this.app).delete(row.id);
      for (const hooks of this.#parts.hooks) hooks.resumed?.(this.app, row);
      connection.established({ resumed: true });
    });
  }

  /** Closes connections without IDENTIFY in time, without heartbeats, or with an expired token. */
  #reap(): void {
    const { clock } = this.app;
    const steady = clock.steady();
    for (const [connection, closed_at] of this.#closing) {
      if (steady - closed_at >= closeLimit_ms) connection.abandon();
    }
    for (const connection of this.#connections) {
      const { session } = connection;
      if (session === null && !connection.isBusy) {
        if (steady - connection.opened_at >= handshakeLimit_ms) connection.refuse(4009);
      } else if (session?.expires_at != null && session.expires_at <= clock.now()) {
        connection.close(4004, 'the token has expired');
      } else if (steady - connection.beat_at > heartbeatLimit_ms) {
        connection.close(4009, 'no heartbeat');
      }
    }
  }

  /** Ends sessions that were not resumed within RESUME_HOURS, a slice in each turn. */
  #expire(turn: Turn): void {
    const before = turn.steady - this.app.config.RESUME_HOURS * 3_600_000;
    const expired = expiredSessions(turn.tx, before, slice);
    for (const { id, user_id } of expired) {
      // It is live, but its record could not be updated.
      if (this.app.hub.listener(id) !== undefined) markLive(turn.tx, id);
      else endSession(turn, id, user_id);
    }
    if (expired.length === slice) turn.afterwards(() => this.#later((next) => this.#expire(next)));
  }

  /** Asks every client to reconnect, then closes the connections that remain. */
  async drain(grace_ms: number): Promise<void> {
    this.isDraining = true;
    for (const cancel of this.#timers.splice(0)) cancel();
    for (const connection of this.#connections) connection.send(frames.reconnect);
    const until = performance.now() + grace_ms;
    while (this.#connections.size > 0 && performance.now() < until) await Bun.sleep(20);
    // The server cuts off sockets that remain even after that.
    for (const connection of this.#connections) connection.close(1012, 'the server restarts');
  }

  /** Makes a connection for a socket of Bun. */
  connection(ws: Ws, address: string): Connection {
    return new Connection(this, ws, address);
  }
}

// The gateway: accepts sockets, keeps sessions, closes silent connections, and drains at the end.
import type { App, Turn } from '../app.ts';
import { resolveToken, type Actor } from '../access/tokens.ts';
import { readerOf, scopesOfReader } from '../access/hearing.ts';
import type { Frames } from '../events/hub.ts';
import { intentMask } from '../events/intents.ts';
import type { Stored } from '../events/log.ts';
import { addressKey } from '../lib/address.ts';
import { Connection, type Door, type Ws } from './connection.ts';
import type { Command } from './command.ts';
import { endSession, makeRoom, releaseSessions } from './ends.ts';
import { guestSession } from './guests.ts';
import { holdsOf } from './holds.ts';
import type { SessionHooks } from './lifecycle.ts';
import {
  frames,
  handshakeLimit_ms,
  heartbeatLimit_ms,
  hold_ms,
  type Identify,
  type Resume,
} from './protocol.ts';
import { resumeSession } from './resume.ts';
import { osOf, Session } from './session.ts';
import {
  dropAll,
  expiredSessions,
  heldSessions,
  insertSession,
  markDropped,
  markLive,
  markMoved,
  type SessionRow,
} from './store.ts';

/** READY: one frame, and further frames for what did not fit; null if everything did. */
export interface Ready {
  frame: string;
  rest: Frames | null;
}

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
  /** The connection that resumes a session, by session id; the newest one wins. */
  readonly #resuming = new Map<string, Connection>();
  readonly #timers: (() => void)[] = [];
  isDraining = false;

  constructor(app: App, parts: GatewayParts) {
    this.app = app;
    this.#parts = parts;
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
    const key = addressKey(connection.address);
    this.#byAddress.set(key, (this.#byAddress.get(key) ?? 0) + 1);
  }

  closed(connection: Connection, resumable: boolean): void {
    if (!this.#connections.delete(connection)) return;
    const key = addressKey(connection.address);
    const left = (this.#byAddress.get(key) ?? 1) - 1;
    if (left === 0) this.#byAddress.delete(key);
    else this.#byAddress.set(key, left);
    const { session } = connection;
    if (session !== null) this.leave(session, resumable);
  }

  /** Removes a session from the hub, and parks or ends it. */
  leave(session: Session, resumable: boolean): void {
    const { app } = this;
    if (!session.isLive(app.hub)) return;
    const { id, user_id, guest_of, isOwed } = session;
    session.discard();
    app.hub.remove(session);
    if (guest_of !== null) return this.#tellGuests(guest_of);
    if (!resumable) return this.#later((turn) => endSession(turn, id, user_id));
    const holds = holdsOf(app);
    holds.add(id, user_id, app.clock.steady() + hold_ms);
    // Until the record says so, a change of access in an earlier turn has to find it in `leaving`.
    holds.leaving.set(id, user_id);
    // When the server stops, the next start marks all sessions as dropped: their time begins there.
    if (this.isDraining && !isOwed) return;
    this.#later((turn) => {
      if (!this.isDraining) markDropped(turn.tx, id, turn.steady);
      if (isOwed) markMoved(turn.tx, new Map([[id, turn.nextSeq()]]));
      turn.onCommit(() => holds.leaving.delete(id));
    });
  }

  readonly #failed = (error: unknown): void => {
    this.app.log.error({ err: error }, 'what a session waits for could not be made');
  };

  #later(run: (turn: Turn) => void): void {
    this.app.write(run).catch((error: unknown) => {
      this.app.log.error({ err: error }, 'the record of a session was not written');
    });
  }

  /** Handles IDENTIFY. The record is on disk before READY; READY and the subscriptions agree. */
  async identify(connection: Connection, wish: Identify): Promise<void> {
    const { app } = this;
    if (resolveToken(app, wish.token) === null) return this.#identifyGuest(connection, wish);
    await app.write((turn) => {
      if (connection.isClosed) return;
      const actor = resolveToken(app, wish.token);
      if (actor === null) return turn.afterwards(() => connection.refuse(4004));
      const row = this.#newRow(turn, actor, wish);
      const gone = makeRoom(turn, actor.id);
      insertSession(turn.tx, row);
      turn.onCommit(() => {
        for (const id of gone) app.hub.listener(id)?.close(4009, 'a newer session took its place');
        this.#welcome(connection, row, actor.expires_at);
      });
    });
  }

  async #identifyGuest(connection: Connection, wish: Identify): Promise<void> {
    const visit = await guestSession(this.app, connection, wish, this.#failed);
    if (visit === null) return connection.refuse(4004);
    this.#greet(connection, visit.session, visit.scopes);
    this.#tellGuests(visit.space_id);
  }

  #tellGuests(space_id: string): void {
    for (const hooks of this.#parts.hooks) hooks.guestsChanged?.(this.app, space_id);
  }

  #newRow(turn: Turn, actor: Actor, wish: Identify): SessionRow {
    const row: SessionRow = {
      id: turn.id(),
      user_id: actor.id,
      token_hash: actor.token_hash,
      intents: intentMask(wish.intents),
      os: osOf(wish.properties),
      status: 'online',
      activities: [],
      chosen_at: 0,
      // Earlier events are part of READY, and not all of them were for this account.
      moved_seq: this.app.seq(),
      created_at: turn.steady,
      dropped_at: null,
      held: true,
      owed: false,
    };
    for (const hooks of this.#parts.hooks) {
      Object.assign(row, hooks.opens?.(turn, actor.id, wish.presence));
    }
    return row;
  }

  #welcome(connection: Connection, row: SessionRow, expires_at: number | null): void {
    const { app } = this;
    const end = () => this.#later((turn) => endSession(turn, row.id, row.user_id));
    if (connection.isClosed) return end();
    try {
      const failed = this.#failed;
      const parts = { ...row, expires_at, mask: row.intents, socket: connection, failed };
      const session = new Session(parts);
      for (const hooks of this.#parts.hooks) hooks.identified?.(app, row);
      this.#greet(connection, session, scopesOfReader(app, readerOf(app.db, row.user_id)));
    } catch (error) {
      app.log.error({ err: error }, 'READY could not be made');
      connection.refuse(4009);
      end();
    }
  }

  /** Sends READY and subscribes, in one tick. */
  #greet(connection: Connection, session: Session, scopes: Iterable<string>): void {
    const ready = this.#parts.ready(this.app, session);
    connection.session = session;
    this.app.hub.add(session, scopes);
    connection.send(ready.frame);
    session.rest();
    if (ready.rest !== null) session.queue(ready.rest, true);
    connection.established({ resumed: false });
  }

  resume(connection: Connection, wish: Resume): Promise<void> {
    const { app } = this;
    const retell = (user_id: string, { frame, subject }: Stored) =>
      this.#parts.hooks.reduce<string | null>((said, { retells }) => {
        return said === null || !retells ? said : retells(app, user_id, { frame: said, subject });
      }, frame);
    const parts = { app, resuming: this.#resuming, failed: this.#failed, retell };
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

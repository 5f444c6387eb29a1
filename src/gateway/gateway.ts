// The gateway as a whole: it accepts sockets, keeps sessions, reaps what is silent, drains at the end.
import type { App, Turn } from '../app.ts';
import { resolveToken, tokensRevoked, type Actor } from '../access/tokens.ts';
import { readerOf, scopesOfReader } from '../access/hearing.ts';
import { scope } from '../events/audience.ts';
import { nobody } from '../events/event.ts';
import { intentMask } from '../events/intents.ts';
import { consequence, type Consequence } from '../write.ts';
import { Connection, type Ws } from './connection.ts';
import type { Command } from './command.ts';
import { sessionEnded, type SessionHooks } from './lifecycle.ts';
import {
  frames,
  handshakeLimit_ms,
  heartbeatLimit_ms,
  type Identify,
  type Resume,
} from './protocol.ts';
import { resumeSession } from './resume.ts';
import { Session } from './session.ts';
import {
  allSessions,
  deleteSession,
  dropAll,
  expiredSessions,
  insertSession,
  markDropped,
  sessionsOfToken,
  sessionsOfUser,
} from './store.ts';

/** What READY consists of: one frame, and what did not fit into it. */
export interface Ready {
  frame: string;
  rest: Iterator<string, void> | null;
}

export interface GatewayParts {
  commands: readonly Command[];
  hooks: readonly SessionHooks[];
  /** The picture of everything that the session sees, as of now. */
  ready(app: App, session: Session): Ready;
}

const housekeeping_ms = 5_000;
const sweep_ms = 250;
const expire_ms = 60_000;
const expiredSlice = 200;

/** Sessions end with their tokens, whoever revoked them. */
export const gatewayConsequences: readonly Consequence[] = [
  consequence(tokensRevoked, (turn, { user_id, hashes }) => {
    for (const { id, user_id: owner } of hashes.flatMap((hash) => sessionsOfToken(turn.tx, hash))) {
      endSession(turn, id, owner);
    }
    turn.onCommit(() => {
      for (const listener of [...turn.app.hub.of(scope.user(user_id))]) {
        if (hashes.includes(listener.token_hash)) listener.close(4004, 'the token was revoked');
      }
    });
  }),
];

/** Removes the record of a session and tells the features. */
export function endSession(turn: Turn, session_id: string, user_id: string): void {
  turn.tell(sessionEnded, nobody, { session_id, user_id });
  deleteSession(turn.tx, session_id);
}

export class Gateway {
  readonly app: App;
  readonly #parts: GatewayParts;
  readonly #commands: ReadonlyMap<number, Command>;
  readonly #connections = new Set<Connection>();
  readonly #byAddress = new Map<string, number>();
  /** Who is replaying for which session; the newest one wins. */
  readonly resuming = new Map<string, Connection>();
  readonly #timers: (() => void)[] = [];
  draining = false;

  constructor(app: App, parts: GatewayParts) {
    this.app = app;
    this.#parts = parts;
    this.#commands = new Map(parts.commands.map((one) => [one.op, one]));
  }

  /** Takes up the sessions of the last run and begins to look after them. */
  async start(): Promise<void> {
    const { app } = this;
    await app.write((turn) => dropAll(turn.tx, turn.now));
    for (const row of allSessions(app.db)) {
      for (const hooks of this.#parts.hooks) hooks.remembered?.(app, row);
    }
    this.#timers.push(
      app.clock.every(sweep_ms, () => app.hub.sweep()),
      app.clock.every(housekeeping_ms, () => this.#reap()),
      app.clock.every(expire_ms, () => void this.#expire()),
    );
  }

  /** Whether another socket of this client address may open. */
  admits(address: string): boolean {
    const open = this.#byAddress.get(address) ?? 0;
    return !this.draining && open < this.app.config.MAX_SOCKETS_PER_ADDRESS;
  }

  opened(connection: Connection): void {
    this.#connections.add(connection);
    const { address } = connection;
    this.#byAddress.set(address, (this.#byAddress.get(address) ?? 0) + 1);
  }

  /** The socket of a connection is gone; `resumable`: its session may come back. */
  closed(connection: Connection, resumable: boolean): void {
    if (!this.#connections.delete(connection)) return;
    const left = (this.#byAddress.get(connection.address) ?? 1) - 1;
    if (left === 0) this.#byAddress.delete(connection.address);
    else this.#byAddress.set(connection.address, left);
    const { session } = connection;
    if (session !== null) this.leave(session, resumable);
  }

  /** Takes a session off the air, parked or for good. */
  leave(session: Session, resumable: boolean): void {
    const { app } = this;
    if (!session.isLive(app.hub)) return;
    session.discard();
    app.hub.remove(session);
    if (resumable) {
      for (const hooks of this.#parts.hooks) hooks.dropped?.(app, session);
      // While the server stops, the next start does this for all.
      if (!this.draining) this.#later((turn) => markDropped(turn.tx, session.id, turn.now));
    } else {
      this.#later((turn) => endSession(turn, session.id, session.user_id));
    }
  }

  #later(run: (turn: Turn) => void): void {
    this.app.write(run).catch((error: unknown) => {
      this.app.log.error({ err: error }, 'the record of a session was not written');
    });
  }

  command(op: number): Command | undefined {
    return this.#commands.get(op);
  }

  /** IDENTIFY: the record is on disk before READY, and READY and the subscriptions are one picture. */
  async identify(connection: Connection, wish: Identify, presence: unknown): Promise<void> {
    const { app } = this;
    if (resolveToken(app, wish.token) === null) return connection.refuse(4004);
    await app.write((turn) => {
      const actor = resolveToken(app, wish.token);
      if (actor === null || connection.isClosed) {
        turn.afterwards(() => connection.refuse(4004));
        return;
      }
      const row = this.#newRow(turn, actor, wish);
      const gone = this.#makeRoom(turn, actor.id);
      insertSession(turn.tx, row);
      turn.onCommit(() => {
        for (const id of gone) app.hub.listener(id)?.close(4009, 'a newer session took its place');
        if (connection.isClosed) return;
        const session = new Session({ ...row, mask: row.intents, socket: connection });
        connection.session = session;
        for (const hooks of this.#parts.hooks) hooks.identified?.(app, session, presence);
        const ready = this.#parts.ready(app, session);
        app.hub.add(session, scopesOfReader(app, readerOf(app.db, actor.id)));
        connection.send(ready.frame);
        if (ready.rest !== null) session.queue(ready.rest);
      });
      // A socket that closed in the meantime takes its session along.
      turn.afterwards(() => {
        if (connection.isClosed) this.#later((next) => endSession(next, row.id, actor.id));
      });
    });
  }

  #newRow(turn: Turn, actor: Actor, wish: Identify) {
    return {
      id: turn.id(),
      user_id: actor.id,
      token_hash: actor.token_hash,
      intents: intentMask(wish.intents),
      os: wish.properties?.os ?? '',
      status: 'online',
      activities: [],
      moved_seq: 0,
      created_at: turn.now,
    };
  }

  /** Ends the oldest sessions of an account that has as many as it may have; answers their ids. */
  #makeRoom(turn: Turn, user_id: string): string[] {
    const known = sessionsOfUser(turn.tx, user_id);
    const surplus = known.length + 1 - this.app.config.MAX_SESSIONS_PER_ACCOUNT;
    if (surplus <= 0) return [];
    const gone = known.slice(0, surplus).map(({ id }) => id);
    for (const id of gone) endSession(turn, id, user_id);
    return gone;
  }

  resume(connection: Connection, wish: Resume, presence: unknown): Promise<void> {
    return resumeSession(this, connection, wish, (session) => {
      for (const hooks of this.#parts.hooks) hooks.resumed?.(this.app, session);
      if (presence !== undefined) connection.receivePresence(presence);
    });
  }

  /** A session that cannot be resumed ends: its record goes, and what is held for it. */
  async abandon(session_id: string, user_id: string): Promise<void> {
    await this.app.write((turn) => endSession(turn, session_id, user_id));
  }

  /** Closes who did not identify in time and who stopped beating. */
  #reap(): void {
    const now = this.app.clock.now();
    for (const connection of this.#connections) {
      if (connection.session === null) {
        if (now - connection.opened_at >= handshakeLimit_ms && !connection.isBusy) {
          connection.refuse(4009);
        }
      } else if (now - connection.beat_at > heartbeatLimit_ms) {
        connection.close(4009, 'no heartbeat');
      }
    }
  }

  /** Forgets sessions that nobody resumed within the time that the log reaches back. */
  async #expire(): Promise<void> {
    const { app } = this;
    const before = app.clock.now() - app.config.RESUME_HOURS * 3_600_000;
    for (const { id, user_id } of expiredSessions(app.db, before, expiredSlice)) {
      await this.abandon(id, user_id);
    }
  }

  /** Asks every client to come back, then closes who is still there. */
  async drain(grace_ms: number): Promise<void> {
    this.draining = true;
    for (const cancel of this.#timers.splice(0)) cancel();
    for (const connection of this.#connections) connection.send(frames.reconnect);
    const until = Date.now() + grace_ms;
    while (this.#connections.size > 0 && Date.now() < until) await Bun.sleep(20);
    for (const connection of this.#connections) connection.close(1012, 'the server restarts');
    while (this.#connections.size > 0 && Date.now() < until + 500) await Bun.sleep(10);
    for (const connection of this.#connections) connection.terminate();
  }

  /** How a socket of Bun's becomes a connection. */
  connection(ws: Ws, address: string): Connection {
    return new Connection(this, ws, address);
  }
}

// IDENTIFY: makes a session and its record, and sends READY.
import type { App, Turn } from '../app.ts';
import { readerOf, scopesOfReader } from '../access/hearing.ts';
import { resolveAgain, resolveToken, type Actor } from '../access/tokens.ts';
import type { Frames } from '../events/hub.ts';
import { intentMask } from '../events/intents.ts';
import { LeastRecentMap } from '../lib/least-recent.ts';
import type { Connection } from './connection.ts';
import { endSession, makeRoom } from './ends.ts';
import { guestSession } from './guests.ts';
import type { SessionHooks } from './lifecycle.ts';
import { handshakePatience, type Identify } from './protocol.ts';
import { osOf, Session, type SessionParts } from './session.ts';
import { insertSession, markOwed, sessionRow, type SessionRow } from './store.ts';

/** READY: one frame, and further frames for what did not fit; null if everything did. */
export interface Ready {
  frame: string;
  rest: Frames | null;
}

interface Parts {
  readonly app: App;
  readonly hooks: readonly SessionHooks[];
  readonly failed: SessionParts['failed'];
  readonly owing: SessionParts['owing'];
  /** Makes READY: everything that the session sees now. */
  ready(app: App, session: Session): Ready;
  /** Ends a session that could not be greeted. */
  end(row: SessionRow): void;
  /** Tells that the guests of a space have changed. */
  tellGuests(space_id: string): void;
}

export class Identifying {
  readonly #parts: Parts;
  /** Accounts whose last READY did not fit into one frame. */
  readonly #large = new LeastRecentMap<string, true>(10_000);

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Handles IDENTIFY. The record is on disk before READY; READY and the subscriptions agree. */
  async identify(connection: Connection, wish: Identify): Promise<void> {
    const { app } = this.#parts;
    if (resolveToken(app, wish.token) === null) return this.#identifyGuest(connection, wish);
    let large: (() => Promise<void>) | null = null;
    await app.write((turn) => {
      if (connection.isClosed) return;
      const actor = resolveToken(app, wish.token);
      if (actor === null) return turn.afterwards(() => connection.refuse(4004));
      const row = this.#newRow(turn, actor, wish);
      const gone = makeRoom(turn, actor.id);
      insertSession(turn.tx, row);
      turn.onCommit(() => {
        for (const id of gone) app.hub.listener(id)?.close(4009, 'a newer session took its place');
        large = this.#welcome(connection, row, actor.expires_at);
      });
    }, handshakePatience);
    await (large as (() => Promise<void>) | null)?.();
  }

  async #identifyGuest(connection: Connection, wish: Identify): Promise<void> {
    const { app, ready, tellGuests } = this.#parts;
    const visit = await guestSession(app, connection, wish, this.#parts);
    if (visit === null) return connection.refuse(4004);
    this.#greet(connection, visit.session, ready(app, visit.session), visit.scopes);
    tellGuests(visit.space_id);
  }

  #newRow(turn: Turn, actor: Actor, wish: Identify): SessionRow {
    const { app, hooks } = this.#parts;
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
      moved_seq: app.seq(),
      created_at: turn.steady,
      dropped_at: null,
      held: true,
      owed: this.#large.get(actor.id) === true,
    };
    for (const { opens } of hooks) Object.assign(row, opens?.(turn, actor.id, wish.presence));
    return row;
  }

  /**
   * Greets a session whose record is on disk. If READY turns out to need more than one frame, the
   * record has to say so first: then returns how to go on.
   */
  #welcome(
    connection: Connection,
    row: SessionRow,
    expires_at: number | null,
  ): (() => Promise<void>) | null {
    const { app, hooks, failed, owing, end } = this.#parts;
    if (connection.isClosed) {
      end(row);
      return null;
    }
    const common = { failed, owing, socket: connection };
    const session = new Session({ ...row, ...common, expires_at, mask: row.intents });
    const greet = (isOwed: boolean) =>
      this.#guard(connection, row, () => {
        const ready = this.#parts.ready(app, session);
        if (ready.rest !== null && !isOwed) return false;
        if (ready.rest === null) this.#large.delete(row.user_id);
        const scopes = scopesOfReader(app, readerOf(app.db, row.user_id));
        this.#greet(connection, session, ready, scopes);
        if (ready.rest === null && isOwed) owing.settle(session);
        return true;
      });
    this.#guard(connection, row, () => {
      for (const { identified } of hooks) identified?.(app, row);
      return true;
    });
    if (connection.isClosed || greet(row.owed)) return null;
    this.#large.set(row.user_id, true);
    return () => this.#welcomeOwed(connection, row, () => void greet(true));
  }

  /** Notes that frames are owed, then greets, unless the session has ended since the first turn. */
  async #welcomeOwed(connection: Connection, row: SessionRow, greet: () => void): Promise<void> {
    const { app, end } = this.#parts;
    const run = (turn: Turn) => {
      if (connection.isClosed) return turn.onCommit(() => end(row));
      const actor = resolveAgain(app, row);
      // Ended with its token, or alone, to make room for a newer one.
      if (actor === null || sessionRow(turn.tx, row.id) === undefined) {
        // A token that has expired leaves the record.
        endSession(turn, row.id, row.user_id);
        return turn.afterwards(() => connection.refuse(actor === null ? 4004 : 4009));
      }
      markOwed(turn.tx, row.id);
      turn.onCommit(greet);
    };
    try {
      await app.write(run, handshakePatience);
    } catch (error) {
      // Nobody knows this session: the connection does not have it yet.
      end(row);
      throw error;
    }
  }

  /** Runs a part of the greeting; if it fails, the session ends, and the client begins anew. */
  #guard(connection: Connection, row: SessionRow, run: () => boolean): boolean {
    try {
      return run();
    } catch (error) {
      this.#parts.app.log.error({ err: error }, 'READY could not be made');
      connection.refuse(4009);
      this.#parts.end(row);
      return true;
    }
  }

  /** Sends READY and subscribes, in one tick. */
  #greet(connection: Connection, session: Session, ready: Ready, scopes: Iterable<string>): void {
    connection.session = session;
    this.#parts.app.hub.add(session, scopes);
    connection.send(ready.frame);
    session.rest();
    if (ready.rest !== null) session.queue(ready.rest, true);
    connection.established({ resumed: false });
  }
}

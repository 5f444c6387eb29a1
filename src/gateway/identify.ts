// IDENTIFY: makes a session and its record, and sends READY.

/*
  at once        the limit is asked, and what the client sent is cut down to what is kept
  in a turn      the record; a storm of IDENTIFYs shares the commits
  later          READY, when it is the account's turn: it and the subscriptions agree
    if READY needs more than one frame, the record says so in a second turn, then READY is made anew
*/

import type { App, Turn } from '../app.ts';
import { readerOf, scopesOfReader } from '../access/hearing.ts';
import { tokenUses } from '../access/token-uses.ts';
import { resolveAgain, resolveToken, type Actor } from '../access/tokens.ts';
import { resolveGuest } from '../access/guests.ts';
import type { Frames } from '../events/hub.ts';
import { intentMask } from '../events/intents.ts';
import { LeastRecentMap } from '../lib/least-recent.ts';
import type { Connection } from './connection.ts';
import { makeRoom } from './ends.ts';
import { guestSession } from './guests.ts';
import type { HandshakeLimit } from './handshake-limit.ts';
import { holdsOf } from './holds.ts';
import type { SessionHooks } from './lifecycle.ts';
import type { Pace } from '../lib/pace.ts';
import {
  handshakePatience,
  newPasswordFirst,
  tooOften,
  type Identify,
  type Wish,
} from './protocol.ts';
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
  readonly common: Pick<SessionParts, 'failed' | 'owing' | 'pace'>;
  readonly pace: Pace;
  readonly limit: HandshakeLimit;
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
  async identify(
    connection: Connection,
    { token, intents, properties, presence }: Identify,
  ): Promise<void> {
    const { app, hooks, limit } = this.#parts;
    const actor = resolveToken(app, token) ?? resolveGuest(app, token);
    const now = app.clock.steady();
    const isAllowed =
      actor === null ? limit.fails(connection.address, now) : limit.identifies(actor.id, now);
    if (!isAllowed) return connection.close(4008, tooOften);
    if (actor === null) return connection.refuse(4004);
    if (!('space_id' in actor) && actor.unsettled) return connection.close(4004, newPasswordFirst);
    const wish: Wish = {
      token,
      mask: intentMask(intents),
      os: osOf(properties),
      presence: hooks.reduce((said, { reads }) => reads?.(said) ?? said, presence ?? null),
    };
    return 'space_id' in actor
      ? this.#identifyGuest(connection, actor.id, wish)
      : this.#identifyAccount(connection, wish);
  }

  async #identifyGuest(connection: Connection, guest_id: string, wish: Wish): Promise<void> {
    const { app, common, pace, ready, tellGuests } = this.#parts;
    const id = await app.write((turn) => turn.id(), handshakePatience);
    await pace.run(guest_id, () => {
      const visit = guestSession(app, connection, wish, { id, ...common });
      if (visit === null) return connection.refuse(4004);
      this.#greet(connection, visit.session, ready(app, visit.session), visit.scopes);
      tellGuests(visit.space_id);
    });
  }

  async #identifyAccount(connection: Connection, wish: Wish): Promise<void> {
    const { pace } = this.#parts;
    const row = await this.#insert(connection, wish);
    if (row === null) return;
    for (let isOwed = row.owed; ; isOwed = true) {
      const stage = { isFirst: isOwed === row.owed, isOwed };
      if (await pace.run(row.user_id, () => this.#welcome(connection, row, stage))) return;
      this.#large.set(row.user_id, true);
      await this.#owe(row);
    }
  }

  /** Writes the record of a session; null if it is refused or the socket is gone. */
  async #insert(connection: Connection, wish: Wish): Promise<SessionRow | null> {
    const { app } = this.#parts;
    const { leaving } = holdsOf(app);
    let id: string | null = null;
    const run = (turn: Turn): SessionRow | null => {
      if (id !== null) leaving.delete(id);
      if (connection.isClosed) return null;
      const actor = resolveToken(app, wish.token);
      if (actor === null) {
        turn.afterwards(() => connection.refuse(4004));
        return null;
      }
      if (actor.unsettled) {
        turn.afterwards(() => connection.close(4004, newPasswordFirst));
        return null;
      }
      const row = this.#newRow(turn, actor, wish);
      const gone = makeRoom(turn, actor.id);
      insertSession(turn.tx, row);
      // Until READY, a change of access in a later turn has to find the session there.
      ({ id } = row);
      leaving.set(row.id, row.user_id);
      if (gone.length > 0) {
        turn.onCommit(() => {
          for (const one of gone)
            app.hub.listener(one)?.close(4009, 'a newer session took its place');
        });
      }
      return row;
    };
    try {
      return await app.write(run, handshakePatience);
    } catch (error) {
      if (id !== null) leaving.delete(id);
      throw error;
    }
  }

  #newRow(turn: Turn, actor: Actor, wish: Wish): SessionRow {
    const { app, hooks } = this.#parts;
    app.state(tokenUses).note(actor);
    const row: SessionRow = {
      id: turn.id(),
      user_id: actor.id,
      token_hash: actor.token_hash,
      intents: wish.mask,
      os: wish.os,
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
   * Greets a session whose record is on disk, unless it has ended since. Returns false if READY
   * turns out to need more than one frame: the record has to say so first.
   */
  #welcome(
    connection: Connection,
    row: SessionRow,
    { isFirst, isOwed }: { isFirst: boolean; isOwed: boolean },
  ): boolean {
    const { app, hooks, common, end } = this.#parts;
    const { leaving } = holdsOf(app);
    try {
      const actor = connection.isClosed ? null : resolveAgain(app, row);
      if (actor === null || sessionRow(app.db, row.id) === undefined) {
        // Closed, ended with its token, or alone, to make room for a newer one.
        connection.refuse(actor === null ? 4004 : 4009);
        leaving.delete(row.id);
        end(row);
        return true;
      }
      if (isFirst) for (const { identified } of hooks) identified?.(app, row);
      const { expires_at } = actor;
      const parts = { ...row, ...common, socket: connection, mask: row.intents };
      const session = new Session({ ...parts, expires_at });
      const ready = this.#parts.ready(app, session);
      if (ready.rest !== null && !isOwed) return false;
      if (ready.rest === null) this.#large.delete(row.user_id);
      this.#greet(connection, session, ready, scopesOfReader(app, readerOf(app.db, row.user_id)));
      leaving.delete(row.id);
      if (ready.rest === null && isOwed) common.owing.settle(session);
    } catch (error) {
      // The session ends, and the client begins anew.
      app.log.error({ err: error }, 'READY could not be made');
      connection.refuse(4009);
      leaving.delete(row.id);
      end(row);
    }
    return true;
  }

  /** Notes in the record that frames are owed. */
  async #owe(row: SessionRow): Promise<void> {
    const { app, end } = this.#parts;
    try {
      await app.write(({ tx }) => markOwed(tx, row.id), handshakePatience);
    } catch (error) {
      // Nobody knows this session: the connection does not have it yet.
      holdsOf(app).leaving.delete(row.id);
      end(row);
      throw error;
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

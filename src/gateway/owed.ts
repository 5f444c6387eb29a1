// Sessions that are owed frames: the record says so until they were sent, also after a kill -9.

/*
  owed            set in the turn that makes the session, or moves what it hears
    frames        sent as fast as the client reads; live events overtake them
    a number      asked for before the last of them is made, given in a turn: the record is no
                  longer owed, but RESUME must name that number or a higher one
    last frame    carries the number, so only a client that got all of them can RESUME
*/

import type { App, Turn } from '../app.ts';
import { endlessPatience } from './protocol.ts';
import type { Session } from './session.ts';
import { markSettled } from './store.ts';

export class Owed {
  readonly #app: App;
  readonly #failed: (error: unknown) => void;
  /** Sessions that wait for the next turn, and whether each needs a number. */
  #waiting = new Map<Session, boolean>();

  constructor(app: App, failed: (error: unknown) => void) {
    this.#app = app;
    this.#failed = failed;
  }

  /** Gives the session a number for its last owed frame; all that ask meanwhile get the same. */
  number(session: Session): void {
    // Guests have no record and no RESUME.
    if (session.guest_of !== null) session.numbered(this.#app.seq());
    else this.#add(session, true);
  }

  /** Notes that the session was sent everything. */
  settle(session: Session): void {
    if (session.guest_of === null) this.#add(session, this.#waiting.get(session) ?? false);
  }

  #add(session: Session, needsNumber: boolean): void {
    const isFirst = this.#waiting.size === 0;
    this.#waiting.set(session, needsNumber);
    if (!isFirst) return;
    let waiting: Map<Session, boolean> | null = null;
    const run = (turn: Turn) => {
      // It runs again if the transaction is lost.
      if (waiting === null) {
        waiting = this.#waiting;
        this.#waiting = new Map();
      }
      this.#settleAll(turn, waiting);
    };
    this.#app.write(run, endlessPatience).catch((error: unknown) => {
      this.#failed(error);
      // Without their number they would wait for ever.
      for (const [session, needsNumber] of waiting ?? []) {
        if (needsNumber) session.close(4009, 'not everything could be sent');
      }
    });
  }

  #settleAll(turn: Turn, waiting: ReadonlyMap<Session, boolean>): void {
    const live = [...waiting].filter(([session]) => session.isLive(this.#app.hub));
    const asking = live.flatMap(([session, needsNumber]) => (needsNumber ? [session] : []));
    const seq = asking.length > 0 ? turn.nextSeq() : 0;
    // A session that was moved meanwhile owes more.
    const settled = live.filter(([session, needsNumber]) => session.owed === (needsNumber ? 1 : 0));
    const ids = (numbered: boolean) =>
      settled.flatMap(([{ id }, needsNumber]) => (needsNumber === numbered ? [id] : []));
    markSettled(turn.tx, ids(false), 0);
    markSettled(turn.tx, ids(true), seq);
    if (asking.length === 0) return;
    turn.onCommit(() => {
      for (const session of asking) session.numbered(seq);
    });
  }
}

// Replays from the event log what a session missed, in slices, until nothing is missing.
import type { App } from '../app.ts';
import { readerOf, scopesHeardBy, scopesOfReader } from '../access/hearing.ts';
import { frameOf } from '../events/event.ts';
import { missedGap } from '../events/gaps.ts';
import { prunedSeq, readEvents, type Stored } from '../events/log.ts';
import { missedEvents, type Missed, type MissedRange } from '../events/missed.ts';
import { isSkipped } from '../events/numbers.ts';
import type { Connection } from './connection.ts';
import { resumed } from './events.ts';
import type { CloseCode } from './protocol.ts';
import type { Session } from './session.ts';
import { sessionRow } from './store.ts';

/** Above this RESUME is refused: a new READY costs less. */
const replayLimit = { events: 10_000, bytes: 8 * 1024 * 1024 };
/** The size of a slice; the next one waits until the client has read it. */
const pace = { bytes: 128 * 1024, pause_ms: 0 };
/** Web clients lose bytes beyond 64 KiB that arrive before they draw again. */
const webPace = { bytes: 48 * 1024, pause_ms: 100 };

/** A code closes the connection; `more` wants another slice, after a pause if it says so. */
export type Outcome = { code: CloseCode } | { more: true; pause_ms: number } | 'done';

export interface ReplayParts {
  app: App;
  connection: Connection;
  session: Session;
  /** The number after which the session missed what was told. */
  seq: number;
  /** Returns logged events as the account may see them now; leaves out what it may not see. */
  retell(events: readonly Stored[]): readonly Stored[];
  /** Called in the tick in which the session hears everything again. */
  onAir(): void;
}

interface Listing {
  rows: ReturnType<typeof missedEvents>;
  range: MissedRange;
  scopes: ReadonlySet<string>;
}

export class Replay {
  readonly #parts: ReplayParts;
  readonly #pace: typeof pace;
  /** What is missing is known up to this number. */
  #head: number;
  #waiting: readonly Missed[] = [];
  #listing: Listing | null = null;
  /** What the session hears, as of the last listing. */
  #scopes: ReadonlySet<string> = new Set();
  #replayed = 0;
  #left_bytes = replayLimit.bytes;

  constructor(parts: ReplayParts) {
    this.#parts = parts;
    this.#pace = parts.session.os === 'web' ? webPace : pace;
    this.#head = parts.seq;
  }

  /** Sends a slice; once nothing is missing, subscribes and sends `resumed` in the same tick. */
  next(): Outcome {
    for (;;) {
      const refusal = this.#refusal();
      if (refusal !== null) return { code: refusal };
      if (this.#waiting.length === 0) {
        const isWhole = this.#listing === null;
        const listing = (this.#listing ??= this.#list());
        this.#scopes = listing.scopes;
        if (this.#isBroken(listing.range.after)) return { code: 4007 };
        const { done, value: missed } = listing.rows.next();
        if (!done) return { more: true, pause_ms: 0 };
        this.#listing = null;
        if (missed === null) return { code: 4009 };
        this.#head = listing.range.head;
        // If it took several slices, what the session hears may have changed meanwhile.
        if (missed.length === 0 && isWhole) return this.#finish();
        this.#waiting = missed;
        if (missed.length === 0) continue;
      }
      this.#send();
      // After the last slice it looks at once for events that were missed meanwhile.
      if (this.#parts.connection.isClosed) return { code: 4009 };
      if (this.#waiting.length > 0) return { more: true, pause_ms: this.#pace.pause_ms };
    }
  }

  /** Returns why the session cannot resume, or null if it can. */
  #refusal(): CloseCode | null {
    const { app, session, seq } = this.#parts;
    const row = sessionRow(app.db, session.id);
    // The session has ended meanwhile, for example with its token.
    if (row === undefined) return 4009;
    const [first] = this.#waiting;
    const after = first === undefined ? this.#head : first.seq - 1;
    if (first !== undefined && this.#isBroken(after)) return 4007;
    if (seq > app.seq() || isSkipped(app.db, seq) || after < prunedSeq(app.db)) return 4007;
    return row.owed || seq < row.moved_seq ? 4009 : null;
  }

  /** Tells whether something that the session would have heard after that number was taken out. */
  #isBroken(after: number): boolean {
    const { app, session } = this.#parts;
    return missedGap(app.db, this.#scopes, { after, mask: session.mask });
  }

  #list(): Listing {
    const { app, session } = this.#parts;
    const scopes = scopesHeardBy(app, readerOf(app.db, session.user_id));
    const range = {
      after: this.#head,
      head: app.seq(),
      mask: session.mask,
      limit: replayLimit.events - this.#replayed,
      limit_bytes: this.#left_bytes,
    };
    return { rows: missedEvents(app.db, scopes, range), range, scopes };
  }

  #send(): void {
    const { app, connection, retell } = this.#parts;
    const count = sliceOf(this.#waiting, this.#pace.bytes);
    const slice = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    for (const { bytes } of slice) this.#left_bytes -= bytes;
    const events = readEvents(
      app.db,
      slice.map(({ seq }) => seq),
    );
    // Some may be gone, and the account may not see all of them any more.
    const frames = retell(events);
    this.#replayed += frames.length;
    connection.cork(() => {
      for (const { frame } of frames) connection.send(frame);
    });
  }

  #finish(): 'done' {
    const { app, connection, session, onAir } = this.#parts;
    connection.session = session;
    app.hub.add(session, scopesOfReader(app, readerOf(app.db, session.user_id)));
    const data = { session_id: session.id, seq: this.#head, replayed: this.#replayed };
    connection.send(frameOf(app, resumed, this.#head, data));
    onAir();
    return 'done';
  }
}

/** Returns how many events make one slice: as many as fit, at least one. */
function sliceOf(waiting: readonly Missed[], slice_bytes: number): number {
  let sum = 0;
  const end = waiting.findIndex(({ bytes }) => (sum += bytes) > slice_bytes);
  return end === -1 ? waiting.length : Math.max(1, end);
}

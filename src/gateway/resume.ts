// RESUME: replays from the event log what a session missed, at its pace, then makes it live again.
import type { App } from '../app.ts';
import { resolveGuest } from '../access/guests.ts';
import { readerOf, scopesOfReader } from '../access/hearing.ts';
import { resolveToken, type Actor } from '../access/tokens.ts';
import { frameOf } from '../events/event.ts';
import { missedEvents, prunedSeq, readEvent, type Missed, type Stored } from '../events/log.ts';
import { isSkipped } from '../events/numbers.ts';
import type { Connection } from './connection.ts';
import { endSession } from './ends.ts';
import { resumed } from './events.ts';
import { endlessPatience, handshakePatience, type CloseCode, type Resume } from './protocol.ts';
import { Session, type SessionParts } from './session.ts';
import { markLive, rebindSession, sessionRow, type SessionRow } from './store.ts';

/** Above this RESUME is refused: a new READY costs less. */
const replayLimit = { events: 10_000, bytes: 8 * 1024 * 1024 };
/** The size of a slice; the next one waits until the client has read it. */
const pace = { bytes: 128 * 1024, pause_ms: 0 };
/** Web clients lose bytes beyond 64 KiB that arrive before they draw again. */
const webPace = { bytes: 48 * 1024, pause_ms: 100 };

interface Parts {
  app: App;
  /** The connection that resumes a session, by session id; the newest one wins. */
  resuming: Map<string, Connection>;
  failed: SessionParts['failed'];
  owing: SessionParts['owing'];
  /** Returns the frame of a logged event as this account may see it now; null to skip it. */
  retell(user_id: string, event: Stored): string | null;
}

/** Replays missed events and sends `resumed`, or refuses with INVALID_SESSION. */
export async function resumeSession(
  { app, resuming, failed, owing, retell }: Parts,
  connection: Connection,
  wish: Resume,
  onAir: (row: SessionRow) => void,
): Promise<void> {
  const actor = resolveToken(app, wish.token);
  // Guest sessions have no record, so theirs is unknown (4009) although the token is valid.
  if (actor === null) return connection.refuse(resolveGuest(app, wish.token) ? 4009 : 4004);
  const row = sessionRow(app.db, wish.session_id);
  // The session is unknown, or belongs to another account and must not change.
  if (row === undefined || row.user_id !== actor.id) return connection.refuse(4009);
  // An older connection of the session is closed, whether it is live or still replaying.
  app.hub.listener(row.id)?.close(4000, 'resumed elsewhere');
  resuming.get(row.id)?.close(4000, 'resumed elsewhere');
  resuming.set(row.id, connection);
  try {
    const bound = await rebind(app, wish, row);
    if (bound === null) return connection.refuse(4004);
    if (connection.isClosed) return;
    const { expires_at, token_hash } = bound;
    const { user_id, intents: mask } = row;
    const session = new Session({
      ...row,
      mask,
      token_hash,
      expires_at,
      socket: connection,
      failed,
      owing,
    });
    const code = await replay(app, connection, session, wish.seq, (event) =>
      retell(user_id, event),
    );
    if (connection.isClosed) return;
    if (code !== null) {
      connection.refuse(code);
      // The session can never be resumed now: its record and its hold are removed.
      return await app.write((turn) => endSession(turn, row.id, row.user_id), endlessPatience);
    }
    onAir(row);
  } finally {
    if (resuming.get(row.id) === connection) resuming.delete(row.id);
  }
  // The session is live, even if its record cannot be updated.
  await app
    .write((turn) => {
      if (connection.session?.isLive(app.hub)) markLive(turn.tx, row.id);
    }, endlessPatience)
    .catch(failed);
}

/** Binds the record to the token, dropped now, so that access moves mark it; null if invalid. */
function rebind(app: App, wish: Resume, row: SessionRow): Promise<Actor | null> {
  return app.write((turn): Actor | null => {
    const actor = resolveToken(app, wish.token);
    if (actor !== null) rebindSession(turn.tx, row.id, actor.token_hash, turn.steady);
    return actor;
  }, handshakePatience);
}

/** Returns why the session cannot resume, or null if it can. Checked before each slice. */
function refusalOf(app: App, session_id: string, seq: number, after: number): CloseCode | null {
  const row = sessionRow(app.db, session_id);
  // The session has ended meanwhile, for example with its token.
  if (row === undefined) return 4009;
  if (seq > app.seq() || isSkipped(app.db, seq) || after < prunedSeq(app.db)) return 4007;
  return row.owed || seq < row.moved_seq ? 4009 : null;
}

/**
 * Sends slice after slice; once nothing is missing, subscribes and sends `resumed` in one tick.
 * Returns the close code if it fails, or null.
 */
async function replay(
  app: App,
  connection: Connection,
  session: Session,
  seq: number,
  retell: (event: Stored) => string | null,
): Promise<CloseCode | null> {
  const { bytes: slice_bytes, pause_ms } = session.os === 'web' ? webPace : pace;
  let waiting: Missed[] = [];
  let head = seq;
  let replayed = 0;
  let left_bytes = replayLimit.bytes;
  for (;;) {
    const after = waiting[0] === undefined ? head : waiting[0].seq - 1;
    const refusal = refusalOf(app, session.id, seq, after);
    if (refusal !== null) return refusal;
    if (waiting.length === 0) {
      const scopes = scopesOfReader(app, readerOf(app.db, session.user_id));
      const range = { after: head, head: app.seq(), mask: session.mask, limit_bytes: left_bytes };
      const missed = missedEvents(app.db, scopes, {
        ...range,
        limit: replayLimit.events - replayed,
      });
      if (missed === null) return 4009;
      ({ head } = range);
      if (missed.length === 0) {
        connection.session = session;
        app.hub.add(session, scopes);
        const data = { session_id: session.id, seq: head, replayed };
        connection.send(frameOf(app, resumed, head, data));
        return null;
      }
      waiting = missed;
    }
    const count = sliceOf(waiting, slice_bytes);
    for (const { seq: number, bytes } of waiting.slice(0, count)) {
      const stored = readEvent(app.db, number);
      left_bytes -= bytes;
      const frame = stored === null ? null : retell(stored);
      // The event is gone, or this account may not see it any more.
      if (frame === null) continue;
      connection.send(frame);
      replayed += 1;
    }
    waiting = waiting.slice(count);
    // After the last slice it looks at once for events that were missed meanwhile.
    if (waiting.length > 0) await room(connection, pause_ms);
    if (connection.isClosed) return 4009;
  }
}

/** Returns how many events make one slice: as many as fit, at least one. */
function sliceOf(waiting: readonly Missed[], slice_bytes: number): number {
  let sum = 0;
  const end = waiting.findIndex(({ bytes }) => (sum += bytes) > slice_bytes);
  return end === -1 ? waiting.length : Math.max(1, end);
}

/** Waits until the client has read what was sent, so that other work can run. */
async function room(connection: Connection, pause_ms: number): Promise<void> {
  await connection.emptied();
  await (pause_ms > 0 ? Bun.sleep(pause_ms) : new Promise((resolve) => setImmediate(resolve)));
}

// RESUME: replays what a session missed from the durable log, paced, and puts it back on the air.
import type { App } from '../app.ts';
import { readerOf, scopesOfReader } from '../access/hearing.ts';
import { resolveToken } from '../access/tokens.ts';
import { eventFrame } from '../events/event.ts';
import { missedSeqs, prunedSeq, readFrame } from '../events/log.ts';
import type { Connection } from './connection.ts';
import type { Gateway } from './gateway.ts';
import type { CloseCode, Resume } from './protocol.ts';
import { Session } from './session.ts';
import { markDropped, markLive, sessionRow, type SessionRow } from './store.ts';

/** More than this is not replayed: a fresh READY costs less. */
const replayLimit = { events: 10_000, bytes: 8 * 1024 * 1024 };
const slice_bytes = 128 * 1024;
const webSlice = { bytes: 48 * 1024, pause_ms: 100 };

/** Replays and answers `resumed`, or refuses with INVALID_SESSION. */
export async function resumeSession(
  gateway: Gateway,
  connection: Connection,
  wish: Resume,
  resumed: (session: Session) => void,
): Promise<void> {
  const { app } = gateway;
  const actor = resolveToken(app, wish.token);
  if (actor === null) return connection.refuse(4004);
  const row = sessionRow(app.db, wish.session_id);
  // Unknown, or somebody else's: that one stays as it is.
  if (row === undefined || row.user_id !== actor.id) return connection.refuse(4009);
  const old = app.hub.listener(row.id);
  if (old !== undefined) takeOver(gateway, old as Session);
  const refusal = refusalOf(app, row, wish.seq);
  if (refusal !== null) {
    connection.refuse(refusal);
    return gateway.abandon(row.id, row.user_id);
  }
  gateway.resuming.get(row.id)?.close(4000, 'resumed elsewhere');
  gateway.resuming.set(row.id, connection);
  try {
    await resumeRow(gateway, connection, wish, row, actor.token_hash, resumed);
  } finally {
    if (gateway.resuming.get(row.id) === connection) gateway.resuming.delete(row.id);
  }
}

async function resumeRow(
  gateway: Gateway,
  connection: Connection,
  wish: Resume,
  row: SessionRow,
  token_hash: string,
  resumed: (session: Session) => void,
): Promise<void> {
  const { app } = gateway;
  // From here on a change of access marks the row; the token that resumes is the one it hangs on.
  await app.write((turn) => {
    markLive(turn.tx, row.id, token_hash);
    markDropped(turn.tx, row.id, turn.now);
  });
  const mask = row.intents;
  const bound = { id: row.id, user_id: row.user_id, token_hash };
  const session = new Session({ ...bound, mask, os: row.os, socket: connection });
  const outcome = await replay(app, connection, session, wish);
  if (outcome.code !== null) {
    if (connection.isClosed) return;
    connection.refuse(outcome.code);
    return gateway.abandon(row.id, row.user_id);
  }
  resumed(session);
  await app.write((turn) => {
    if (session.isLive(app.hub)) markLive(turn.tx, row.id, token_hash);
  });
}

/** The old socket still looks open: it gives way. */
function takeOver(gateway: Gateway, old: Session): void {
  gateway.leave(old, true);
  old.close(4000, 'resumed elsewhere');
}

function refusalOf(app: App, row: SessionRow, seq: number): CloseCode | null {
  if (seq > app.seq() || seq < prunedSeq(app.db)) return 4007;
  return seq < row.moved_seq ? 4009 : null;
}

interface Outcome {
  code: CloseCode | null;
}

/** Sends slice after slice; in the tick in which nothing is missing any more, subscribes and says so. */
async function replay(
  app: App,
  connection: Connection,
  session: Session,
  wish: Resume,
): Promise<Outcome> {
  let after = wish.seq;
  let replayed = 0;
  for (;;) {
    // Access is checked again before each slice: the row is marked when it moves, gone when revoked.
    const row = sessionRow(app.db, session.id);
    if (row === undefined) return { code: 4004 };
    if (wish.seq < row.moved_seq) return { code: 4009 };
    const scopes = scopesOfReader(app, readerOf(app.db, session.user_id));
    const head = app.seq();
    const missed = missedSeqs(app.db, scopes, {
      after,
      head,
      mask: session.mask,
      limit: replayLimit.events - replayed,
      limit_bytes: replayLimit.bytes,
    });
    if (missed === null) return { code: 4009 };
    let sent_bytes = 0;
    let paused = false;
    const most_bytes = session.os === 'web' ? webSlice.bytes : slice_bytes;
    for (const seq of missed) {
      const frame = readFrame(app.db, seq);
      after = seq;
      if (frame === null) continue;
      connection.send(frame);
      replayed += 1;
      sent_bytes += frame.length;
      if (sent_bytes >= most_bytes) {
        paused = true;
        break;
      }
    }
    if (connection.isClosed) return { code: 4009 };
    if (!paused) {
      connection.session = session;
      app.hub.add(session, scopes);
      const data = { session_id: session.id, seq: head, replayed };
      connection.send(eventFrame('resumed', head, data));
      return { code: null };
    }
    await room(connection, session.os === 'web');
    if (connection.isClosed) return { code: 4009 };
  }
}

/** Waits until the client has read what was sent. */
async function room(connection: Connection, web: boolean): Promise<void> {
  if (web) await Bun.sleep(webSlice.pause_ms);
  do {
    await Bun.sleep(1);
  } while (!connection.isClosed && connection.getBufferedAmount() > 0);
}

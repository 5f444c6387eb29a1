// RESUME: replays from the event log what a session missed, at its pace, then makes it live again.
import type { App } from '../app.ts';
import { resolveGuest } from '../access/guests.ts';
import { tokenUses } from '../access/token-uses.ts';
import { resolveToken, type Actor } from '../access/tokens.ts';
import type { Stored } from '../events/log.ts';
import type { Connection } from './connection.ts';
import { endSession } from './ends.ts';
import type { HandshakeLimit } from './handshake-limit.ts';
import { holdsOf } from './holds.ts';
import type { Pace } from '../lib/pace.ts';
import {
  endlessPatience,
  handshakePatience,
  hold_ms,
  newPasswordFirst,
  tooOften,
  type CloseCode,
  type Resume,
} from './protocol.ts';
import { Replay, type Outcome } from './replay.ts';
import { Session, type SessionParts } from './session.ts';
import { markLive, rebindSession, sessionRow, type SessionRow } from './store.ts';

interface Parts {
  app: App;
  /** The connection that resumes a session, by session id; the newest one wins. */
  resuming: Map<string, Connection>;
  common: Pick<SessionParts, 'failed' | 'owing' | 'pace'>;
  pace: Pace;
  limit: HandshakeLimit;
  /** Returns logged events as this account may see them now; leaves out what it may not see. */
  retell(user_id: string, events: readonly Stored[]): readonly Stored[];
}

/** Replays missed events and sends `resumed`, or refuses with INVALID_SESSION. */
export async function resumeSession(
  { app, resuming, common, pace, limit, retell }: Parts,
  connection: Connection,
  wish: Resume,
  onAir: (row: SessionRow) => void,
): Promise<void> {
  const actor = resolveToken(app, wish.token);
  const now = app.clock.steady();
  if (actor === null) {
    if (!limit.fails(connection.address, now)) return connection.close(4008, tooOften);
    // Guest sessions have no record, so theirs is unknown (4009) although the token is valid.
    return connection.refuse(resolveGuest(app, wish.token) ? 4009 : 4004);
  }
  // Without op 7: the session can be resumed in a moment.
  if (!limit.resumes(actor.id, now)) return connection.close(4008, tooOften);
  if (actor.unsettled) return connection.close(4004, newPasswordFirst);
  app.state(tokenUses).note(actor);
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
    // Its record says that it dropped now.
    holdsOf(app).renew(row.id, app.clock.steady() + hold_ms);
    const { expires_at, token_hash } = bound;
    const { user_id, intents: mask } = row;
    const parts = { ...row, ...common, mask, token_hash, expires_at };
    const replay = new Replay({
      app,
      connection,
      session: new Session({ ...parts, socket: connection }),
      seq: wish.seq,
      retell: (events) => retell(user_id, events),
      onAir: () => onAir(row),
    });
    const code = await replayAll(replay, connection, (slice) => pace.run(user_id, slice));
    if (connection.isClosed) return;
    if (code !== null) {
      connection.refuse(code);
      // The session can never be resumed now: its record and its hold are removed.
      return await app.write((turn) => endSession(turn, row.id, row.user_id), endlessPatience);
    }
  } finally {
    if (resuming.get(row.id) === connection) resuming.delete(row.id);
  }
  // The session is live, even if its record cannot be updated.
  await app
    .write((turn) => {
      if (connection.session?.isLive(app.hub)) markLive(turn.tx, row.id);
    }, endlessPatience)
    .catch(common.failed);
}

/** Binds the record to the token, dropped now, so that access moves mark it; null if invalid. */
function rebind(app: App, wish: Resume, row: SessionRow): Promise<Actor | null> {
  return app.write((turn): Actor | null => {
    const actor = resolveToken(app, wish.token);
    if (actor !== null) rebindSession(turn.tx, row.id, actor.token_hash, turn.steady);
    return actor;
  }, handshakePatience);
}

/** Replays slice after slice, each when it is the account's turn. Null once the session is live. */
async function replayAll(
  replay: Replay,
  connection: Connection,
  run: (slice: () => Outcome) => Promise<Outcome>,
): Promise<CloseCode | null> {
  for (;;) {
    const outcome = await run(() => (connection.isClosed ? { code: 4009 } : replay.next()));
    if (outcome === 'done') return null;
    if ('code' in outcome) return outcome.code;
    await connection.emptied();
    if (outcome.pause_ms > 0) await Bun.sleep(outcome.pause_ms);
  }
}

// How sessions end: closed by the client, revoked with their token, replaced, or released.
import type { App, Turn } from '../app.ts';
import { accountUnsettled, tokensRevoked } from '../access/tokens.ts';
import { scope } from '../events/audience.ts';
import { nobody } from '../events/event.ts';
import { consequence, type Consequence } from '../consequence.ts';
import { holdsOf } from './holds.ts';
import { sessionEnded, sessionReleased } from './lifecycle.ts';
import { newPasswordFirst } from './protocol.ts';
import { deleteSession, markReleased, sessionsOfUser } from './store.ts';

/** Removes the record of a session and tells the features. */
export function endSession(turn: Turn, session_id: string, user_id: string): void {
  turn.tell(sessionEnded, nobody, { session_id, user_id });
  deleteSession(turn.tx, session_id);
}

/** Ends sessions of an account, dropped ones first, so that one more fits; returns their ids. */
export function makeRoom(turn: Turn, user_id: string): string[] {
  const known = sessionsOfUser(turn.tx, user_id);
  const surplus = known.length + 1 - turn.app.config.MAX_SESSIONS_PER_ACCOUNT;
  if (surplus <= 0) return [];
  const gone = known.slice(0, surplus).map(({ id }) => id);
  for (const id of gone) endSession(turn, id, user_id);
  return gone;
}

const releasedAtOnce = 200;

/** Releases presence and voice of sessions that did not come back in time, at most 200. */
export function releaseSessions(app: App): void {
  const holds = holdsOf(app);
  const due = holds.due(app.clock.steady(), releasedAtOnce);
  if (due.length === 0) return;
  // If this fails, the next tick tries again.
  app
    .write((turn) => {
      for (const { session_id, user_id } of due) {
        // It may have come back, and dropped again, since the tick.
        if (!holds.isOver(session_id, turn.steady)) continue;
        markReleased(turn.tx, session_id);
        turn.tell(sessionReleased, nobody, { session_id, user_id });
        turn.onCommit(() => holds.delete(session_id));
      }
    })
    .catch((error: unknown) => {
      app.log.error({ err: error }, 'dropped sessions were not released; it is tried again');
    });
}

/** Sessions end with their tokens, or while those are of little use; an ended session has no hold. */
export const gatewayConsequences: readonly Consequence[] = [
  consequence(tokensRevoked, (turn, { user_id, hashes, session_ids }) => {
    for (const id of session_ids) endSession(turn, id, user_id);
    turn.onCommit(() => {
      for (const listener of [...turn.app.hub.of(scope.user(user_id))]) {
        if (hashes.includes(listener.token_hash)) listener.close(4004, 'the token was revoked');
      }
    });
  }),
  consequence(accountUnsettled, (turn, { user_id }) => {
    for (const { id } of sessionsOfUser(turn.tx, user_id)) endSession(turn, id, user_id);
    turn.onCommit(() => {
      for (const listener of [...turn.app.hub.of(scope.user(user_id))]) {
        if (listener.user_id === user_id) listener.close(4004, newPasswordFirst);
      }
    });
  }),
  consequence(sessionEnded, (turn, { session_id }) => {
    turn.onCommit(() => holdsOf(turn.app).delete(session_id));
  }),
];

// Updates presence as sessions come and go.
import type { App } from '../../../app.ts';
import { nearnessChanged, shareSpace } from '../../../access/acquaintances.ts';
import { sessionEnded, sessionReleased, type SessionHooks } from '../../../gateway/lifecycle.ts';
import { consequence } from '../../../consequence.ts';
import { showPresenceBy } from '../../people/relationships/shown.ts';
import { accountLeaving } from '../../people/users/events.ts';
import { memberJoined } from '../../spaces/members/events.ts';
import { catchUp } from './catch-up.ts';
import { presenceUpdated } from './events.ts';
import { offline, presences } from './presences.ts';
import { presenceWish } from './schema.ts';

export const presenceHooks: SessionHooks = {
  reads: presenceWish,
  opens(turn, user_id, presence) {
    return presences(turn.app).opening(turn, user_id, presence as ReturnType<typeof presenceWish>);
  },
  identified: (app, row) => presences(app).arrive(row.id, row.user_id, row),
  resumed(app, row) {
    presences(app).resume(row.id, row.user_id, row);
    catchUp(app, row);
  },
  remembered: (app, row) => presences(app).remember(row.id, row.user_id, row),
};

export const leaveWithSession = consequence(sessionEnded, (turn, { session_id, user_id }) => {
  turn.onCommit(() => presences(turn.app).leave(session_id, user_id));
});

/** An account stays online for `hold_ms` after its socket drops, even if it can resume later. */
export const leaveAfterHold = consequence(sessionReleased, (turn, { session_id, user_id }) => {
  turn.onCommit(() => presences(turn.app).leave(session_id, user_id));
});

/** Shows members the presence of a newcomer, who came online before they shared a space. */
export const showNewcomer = consequence(memberJoined, ({ app, tell }, { space_id, user_id }) => {
  const presence = presences(app).of(user_id);
  if (presence !== null) tell(presenceUpdated, { space_ids: [space_id], user_ids: [] }, presence);
});

/**
 * Shows two people each other's presence when friendship or a conversation connects them, and that
 * both are offline when nothing does any more. Who shows no presence anyway is not told of.
 */
export const showConnected = consequence(nearnessChanged, (turn, { user_id, target_id, near }) => {
  if (shareSpace(turn.tx, user_id, target_id)) return;
  const here = presences(turn.app);
  for (const [of_id, to_id] of [
    [user_id, target_id],
    [target_id, user_id],
  ] as const) {
    const presence = here.of(of_id);
    if (presence === null && near) continue;
    if (presence !== null) {
      const seen = near ? presence : offline(of_id);
      turn.tell(presenceUpdated, { space_ids: [], user_ids: [to_id] }, seen);
    }
    // Also of who is offline by now: a session that is away may have seen them online.
    turn.onCommit(() => here.moved(of_id, to_id, presence !== null));
  }
});

/** Shows everyone who knows an account that it is offline, before it is deleted and nobody does. */
export const endPresence = consequence(accountLeaving, (turn, { user_id, known }) => {
  const here = presences(turn.app);
  const isSeen = here.of(user_id) !== null;
  if (isSeen) turn.tell(presenceUpdated, known, offline(user_id));
  turn.onCommit(() => {
    here.end(user_id);
    for (const id of known.user_ids) here.moved(user_id, id, isSeen);
  });
});

/** Begins to record presence changes; returns a function that stops it. */
export function startPresence(app: App): () => void {
  const here = presences(app);
  showPresenceBy(app, (user_id) => here.of(user_id) ?? offline(user_id));
  return () => here.stop();
}

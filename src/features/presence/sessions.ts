// How presence follows the sessions.
import { consequence } from '../../write.ts';
import { sessionEnded, type SessionHooks } from '../../gateway/lifecycle.ts';
import type { App } from '../../app.ts';
import { memberJoined } from '../members/events.ts';
import { presenceUpdated } from './events.ts';
import { presences } from './presences.ts';
import { PresenceChoice } from './schema.ts';

export const presenceHooks: SessionHooks = {
  identified(app, session, wish) {
    const choice = PresenceChoice.safeParse(wish);
    presences(app).arrive(session.id, session.user_id, choice.success ? choice.data : null);
  },
  resumed: (app, session) => presences(app).resume(session.id, session.user_id),
  dropped: (app, session) => presences(app).drop(session.id, session.user_id),
  remembered: (app, row) =>
    presences(app).remember(row.id, row.user_id, row.status, row.activities),
};

export const leaveWithSession = consequence(sessionEnded, (turn, { session_id, user_id }) => {
  turn.onCommit(() => presences(turn.app).leave(session_id, user_id));
});

/** Members see what a newcomer does, who came online before they shared a space. */
export const showNewcomer = consequence(memberJoined, ({ app, tell }, { space_id, user_id }) => {
  const presence = presences(app).of(user_id);
  if (presence !== null) tell(presenceUpdated, { space_ids: [space_id], user_ids: [] }, presence);
});

const release_ms = 5_000;

/** Looks after those who dropped; answers how to stop. */
export function startPresence(app: App): () => void {
  return app.clock.every(release_ms, () => presences(app).release());
}

// Tells a resumed session whose presence changed meanwhile, since the log does not hold presence.
import { spacesOf } from '../../../access/hearing.ts';
import { memberAccess } from '../../../access/load.ts';
import type { App } from '../../../app.ts';
import { frameOf } from '../../../events/event.ts';
import type { Listener } from '../../../events/hub.ts';
import { wants } from '../../../events/intents.ts';
import { hold_ms } from '../../../gateway/protocol.ts';
import { hearsSpace } from '../../../gateway/ready-list.ts';
import type { SessionRow } from '../../../gateway/store.ts';
import { everyMember } from '../../spaces/members/chunks.ts';
import { countMembers } from '../../spaces/members/queries.ts';
import { presenceUpdated } from './events.ts';
import { offline, presences } from './presences.ts';

/** How long a broken connection may look open: what was sent within this time is told again. */
const unnoticed_ms = hold_ms;
/** If the changes are not known any more, offline members of larger spaces are not told. */
const maxMembers = 1_000;

/** Tells a resumed session what changed meanwhile; `row` is from before it resumed. */
export function catchUp(app: App, row: SessionRow): void {
  const listener = app.hub.listener(row.id);
  if (listener === undefined || !wants(listener.mask, presenceUpdated.intent_bit)) return;
  const dropped_at = row.dropped_at ?? app.clock.steady();
  const changed = presences(app).changedSince(dropped_at, unnoticed_ms);
  listener.queue(presenceFrames(app, listener, changed ?? everybody(app, row.user_id)), false);
}

/** Everyone who is online, and the members of smaller spaces. */
function* everybody(app: App, user_id: string): Generator<string, void> {
  yield* presences(app).online();
  for (const space_id of spacesOf(app.db, user_id)) {
    if (countMembers(app.db, space_id, maxMembers + 1) > maxMembers) continue;
    for (const { user } of everyMember(app, space_id)) yield user.id;
  }
}

/** A frame for each account, once, if it shares a space with the listener. */
function* presenceFrames(
  app: App,
  listener: Listener,
  user_ids: Iterable<string>,
): Generator<string, void> {
  const space_ids = spacesOf(app.db, listener.user_id);
  const told = new Set<string>();
  for (const user_id of user_ids) {
    // The listener may have left a space since the first frame, for it may read slowly.
    const isNear =
      user_id === listener.user_id ||
      space_ids.some((id) => hearsSpace(listener, id) && memberAccess(app, id, user_id) !== null);
    if (!isNear || told.has(user_id)) continue;
    told.add(user_id);
    const presence = presences(app).of(user_id) ?? offline(user_id);
    yield frameOf(app, presenceUpdated, null, presence);
  }
}

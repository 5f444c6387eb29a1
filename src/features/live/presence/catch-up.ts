// Tells a resumed session whose presence changed meanwhile, since the log does not hold presence.
import { acquaintancesOf, areNear, type Acquaintances } from '../../../access/acquaintances.ts';
import { memberAccess } from '../../../access/load.ts';
import type { App } from '../../../app.ts';
import type { Listener } from '../../../events/hub.ts';
import { wants } from '../../../events/intents.ts';
import { hold_ms } from '../../../gateway/protocol.ts';
import { hearsSpace } from '../../../gateway/ready-list.ts';
import type { SessionRow } from '../../../gateway/store.ts';
import { membersIfSmall } from '../../spaces/members/small-spaces.ts';
import { presenceUpdated } from './events.ts';
import { presencePicture } from './pictures.ts';
import { offline, presences } from './presences.ts';

/** How long a broken connection may look open: what was sent within this time is told again. */
const unnoticed_ms = hold_ms;
/** So many memberships are looked up for accounts that are passed over before others have their turn. */
const silence = 1_000;

/** Tells a resumed session what changed meanwhile; `row` is from before it resumed. */
export function catchUp(app: App, row: SessionRow): void {
  const listener = app.hub.listener(row.id);
  if (listener === undefined || !wants(listener.mask, presenceUpdated.intent_bit)) return;
  const dropped_at = row.dropped_at ?? app.clock.steady();
  const changes = presences(app).changedSince(dropped_at, unnoticed_ms);
  const known = acquaintancesOf(app.db, row.user_id);
  if (changes === null) {
    const everyone = everybody(app, known);
    return listener.queue(presenceFrames(app, listener, known, everyone), false);
  }
  const parted = new Set<string>();
  const changed = new Set<string>();
  for (const { user_id, for_id, was_told } of changes) {
    if (for_id !== null && for_id !== row.user_id) continue;
    // Whoever has shown nothing all the while does not show that a friendship ended, either.
    if (for_id !== null && (was_told || changed.has(user_id))) parted.add(user_id);
    if (was_told) changed.add(user_id);
  }
  listener.queue(presenceFrames(app, listener, known, changed, parted), false);
}

/** Everyone who is online, friends and partners, and the members of smaller spaces. */
function* everybody(app: App, { space_ids, user_ids }: Acquaintances): Generator<string, void> {
  yield* presences(app).online();
  yield* user_ids;
  for (const space_id of space_ids) {
    yield* membersIfSmall(app, space_id) ?? [];
  }
}

/**
 * A frame for each account that the listener hears of, once; of those in `parted`, which it ceased to
 * hear of, that they are offline.
 */
function* presenceFrames(
  app: App,
  listener: Listener,
  { space_ids, user_ids: near_ids }: Acquaintances,
  user_ids: Iterable<string>,
  parted: ReadonlySet<string> = new Set(),
): Generator<string | null, void> {
  let looked = 0;
  const near = new Set(near_ids);
  const told = new Set<string>();
  for (const user_id of user_ids) {
    if (told.has(user_id)) continue;
    looked += space_ids.length + 1;
    if (looked > silence) {
      looked = 0;
      yield null;
    }
    // The listener may have left a space since the first frame, for it may read slowly.
    const isHeard =
      user_id === listener.user_id ||
      (near.has(user_id) && areNear(app.db, user_id, listener.user_id)) ||
      space_ids.some((id) => hearsSpace(listener, id) && memberAccess(app, id, user_id) !== null);
    if (!isHeard && !parted.has(user_id)) continue;
    told.add(user_id);
    const presence = (isHeard && presences(app).of(user_id)) || offline(user_id);
    yield presencePicture(app, presence).frame;
  }
}

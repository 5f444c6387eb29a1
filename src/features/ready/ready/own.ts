// What only one account is told of channels that come into its view: how far it has read them, and what it has muted.
import { readerOf } from '../../../access/hearing.ts';
import { spaceAccess } from '../../../access/load.ts';
import type { SpaceAccess } from '../../../access/evaluate.ts';
import type { App } from '../../../app.ts';
import type { Listener } from '../../../events/hub.ts';
import type { Change } from '../../../gateway/own-frames.ts';
import { told } from '../../../gateway/ready-list.ts';
import { hearsChannel } from '../../spaces/channels/ready.ts';
import { muteCreated, muteDeleted } from '../../talk/mutes/events.ts';
import { mayBeMuted, mutesMoved } from '../../talk/mutes/moved.ts';
import { readStateUpdated } from '../../talk/read-states/events.ts';
import { isAnyWritten } from '../../talk/read-states/queries.ts';
import { readStateOf } from '../../talk/read-states/ready.ts';
import { unreadAmong } from '../../talk/read-states/unread.ts';

/** Tells whether somebody may have to be told something; most channels are muted by nobody. */
export function mayConcern(app: App, space: SpaceAccess, moved: Change): boolean {
  return isAnyWritten(app.db, moved.gained) || mayBeMuted(app, space, moved);
}

/** Frames without numbers, as of now; none for guests, who have neither. */
export function* ownFrames(
  app: App,
  listener: Listener,
  space_id: string,
  { gained, lost }: Change,
): Generator<string, void> {
  const space = spaceAccess(app, space_id);
  if (listener.guest_of !== null || space === null) return;
  const reader = readerOf(app.db, listener.user_id);
  const moved = { gained: gained.filter((id) => hearsChannel(app, listener, id)), lost };
  for (const { channel_id, isMuted } of mutesMoved(app, reader, space, moved)) {
    yield* told(app, listener, isMuted ? muteCreated : muteDeleted, { channel_id });
  }
  for (const unread of unreadAmong(app, reader, moved.gained)) {
    yield* told(app, listener, readStateUpdated, readStateOf(unread));
  }
}

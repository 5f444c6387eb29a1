// The channels that a session sees: in READY, after READY, and on joining a space.
import { readerOf } from '../../../access/hearing.ts';
import { channelOf, spaceAccess } from '../../../access/load.ts';
import { isGuest, viewablePlaces, type Viewer } from '../../../access/place.ts';
import type { App } from '../../../app.ts';
import { scopesOf } from '../../../events/audience.ts';
import type { Listener } from '../../../events/hub.ts';
import { toldWritten, type ReadyList } from '../../../gateway/ready-list.ts';
import { channelCreated } from './events.ts';
import { channelPictures, channelShown, withLast } from './pictures.ts';
import { lastMessages } from './queries.ts';
import { viewable } from './view.ts';

function viewerOf(app: App, { user_id, guest_of }: Listener): Viewer {
  return guest_of === null ? readerOf(app.db, user_id) : { id: user_id, space_id: guest_of };
}

/** Yields the channels of a space that somebody may view, by position, as they stand in READY. */
function* viewableChannels(
  app: App,
  space_id: string,
  viewer: Viewer,
): Generator<{ id: string; entry: unknown }, void> {
  const space = spaceAccess(app, space_id);
  if (space === null) return;
  if (isGuest(viewer)) {
    // Guests are shown less of a channel than members.
    const channels = viewable(app, space, viewer);
    for (const entry of channels) yield { id: entry.id, entry };
    return;
  }
  const seen = new Set(viewablePlaces(app, viewer, space).map(({ channel }) => channel.id));
  const last = lastMessages(app.db, space_id);
  // In the order of the pictures: a new order is no change of access, so what that keeps may have the old one.
  for (const [id, picture] of channelPictures(app, space_id)) {
    if (!seen.has(id)) continue;
    yield { id, entry: withLast(picture, last.get(id) ?? null) };
  }
}

/** Returns the ids of the channels of a space that a session may view, by position. */
export function viewableIds(app: App, space_id: string, listener: Listener): string[] {
  const space = spaceAccess(app, space_id);
  const places = space === null ? [] : viewablePlaces(app, viewerOf(app, listener), space);
  return places.map(({ channel }) => channel.id);
}

/** Tells whether the session hears the channel now. */
export function hearsChannel(app: App, listener: Listener, id: string): boolean {
  const channel = channelOf(app, id);
  return (
    channel !== null && scopesOf('channel', { channel }).some((one) => listener.scopes.has(one))
  );
}

/** Makes a `channel.create` frame, if the session hears the channel. */
export function* channelFrames(app: App, listener: Listener, id: string): Generator<string, void> {
  const channel = channelOf(app, id);
  if (channel === null || channel.space_id === null || !hearsChannel(app, listener, id)) return;
  const shown = channelShown(app, channel.space_id, id, listener.guest_of !== null);
  if (shown !== null) yield* toldWritten(app, listener, channelCreated, shown);
}

export const readyChannels: ReadyList = {
  list: 'channels',
  *entries(app, listener, space_ids) {
    const viewer = viewerOf(app, listener);
    for (const space_id of space_ids) {
      for (const { id, entry } of viewableChannels(app, space_id, viewer)) {
        yield { entry, again: () => channelFrames(app, listener, id) };
      }
    }
  },
};

// Frames for one session alone: what it asked for, as far as it may be seen at the moment.
import {
  channelPermissions,
  has,
  type ChannelAccess,
  type SpaceAccess,
} from '../../access/evaluate.ts';
import { guestViews } from '../../access/guests.ts';
import { readerOf } from '../../access/hearing.ts';
import { memberAccess, spaceAccess } from '../../access/load.ts';
import type { App } from '../../app.ts';
import { scope } from '../../events/audience.ts';
import { eventFrame, type EventValue } from '../../events/event.ts';
import type { Listener } from '../../events/hub.ts';
import { wants } from '../../events/intents.ts';
import type { Channel } from '../channels/schema.ts';
import { channelNow, channelViews } from '../channels/view.ts';

/** A frame of an event without a number; none for a session that did not ask for such events. */
export function* told(
  listener: Listener,
  event: EventValue,
  data: unknown,
): Generator<string, void> {
  if (wants(listener.mask, event.intent_bit)) yield eventFrame(event.type, null, event.pick(data));
}

/** Whether the session hears the space still. */
export function hearsSpace(listener: Listener, space_id: string): boolean {
  return listener.scopes.has(scope.space(space_id));
}

/** The channels of a space that a session may view, by position. */
export function viewableChannels(app: App, space_id: string, listener: Listener): Channel[] {
  const space = spaceAccess(app, space_id);
  if (space === null) return [];
  const views = viewsOf(app, space, listener);
  return channelViews(app.db, space_id).filter(({ id }) => {
    const channel = space.channels.get(id);
    return channel !== undefined && views(channel);
  });
}

function viewsOf(
  app: App,
  space: SpaceAccess,
  { user_id, guest_of }: Listener,
): (channel: ChannelAccess) => boolean {
  if (guest_of !== null) return (channel) => guestViews(space, channel);
  const member = memberAccess(app, space.id, user_id);
  const reader = readerOf(app.db, user_id);
  return (channel) => has(channelPermissions(space, channel, member, reader), 'view_channel');
}

/** The channel as it is now, if the session hears it. */
export function heardChannel(
  app: App,
  listener: Listener,
  space_id: string,
  id: string,
): Channel | null {
  const class_id = spaceAccess(app, space_id)?.channels.get(id)?.class_id ?? null;
  if (class_id === null || !listener.scopes.has(scope.class(class_id))) return null;
  return channelNow(app.db, id);
}

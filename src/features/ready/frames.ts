// Frames for one session alone: what it asked for, as far as it may be seen at the moment.
import type { z } from 'zod';
import { readerOf } from '../../access/hearing.ts';
import { channelOf, spaceAccess } from '../../access/load.ts';
import type { App } from '../../app.ts';
import { scope, scopesOf, type AudienceKind } from '../../events/audience.ts';
import { frameOf, type EventValue } from '../../events/event.ts';
import type { Listener } from '../../events/hub.ts';
import { wants } from '../../events/intents.ts';
import type { Channel } from '../channels/schema.ts';
import { channelNow, viewable } from '../channels/view.ts';

/** A frame of an event without a number; none for a session that did not ask for such events. */
export function* told<S extends z.ZodType>(
  app: App,
  listener: Listener,
  event: EventValue<AudienceKind, S>,
  data: z.input<S>,
): Generator<string, void> {
  if (wants(listener.mask, event.intent_bit)) yield frameOf(app, event, null, data);
}

/** Whether the session hears the space still. */
export function hearsSpace(listener: Listener, space_id: string): boolean {
  return listener.scopes.has(scope.space(space_id));
}

/** The channels of a space that a session may view, by position. */
export function viewableChannels(
  app: App,
  space_id: string,
  { user_id, guest_of }: Listener,
): Channel[] {
  const space = spaceAccess(app, space_id);
  const viewer =
    guest_of === null ? readerOf(app.db, user_id) : { id: user_id, space_id: guest_of };
  return space === null ? [] : viewable(app, space, viewer);
}

/** Whether the session hears the channel of that space at the moment. */
export function hearsChannel(app: App, listener: Listener, id: string): boolean {
  const channel = channelOf(app, id);
  return (
    channel !== null && scopesOf('channel', { channel }).some((one) => listener.scopes.has(one))
  );
}

/** The channel as it is now, if the session hears it. */
export function heardChannel(app: App, listener: Listener, id: string): Channel | null {
  return hearsChannel(app, listener, id) ? channelNow(app.db, id) : null;
}

// The channels of spaces as READY shows them to members, kept until one changes.
import type { App } from '../../../app.ts';
import { consequence, consequenceOfMove } from '../../../consequence.ts';
import { changesPicture, pictureOf, picturesOf, type Picture } from '../../../gateway/pictures.ts';
import { OpenText, Written } from '../../../lib/written.ts';
import { channelRestyled, channelsReordered } from './events.ts';
import { lastMessage } from './queries.ts';
import { Channel, withoutPeople } from './schema.ts';
import { channelNow, channelViews } from './view.ts';

interface Channels extends Picture {
  /** By channel id, in the order of their positions. */
  readonly channels: ReadonlyMap<string, OpenText>;
}

const pictures = picturesOf<Channels>(32 * 1024 * 1024);

/** Writes a channel with the id of its newest message; null for none. */
export const withLast = (picture: OpenText, message_id: string | null): Written =>
  picture.with(message_id === null ? 'null' : `"${message_id}"`);

/**
 * Returns all channels of a space by position, with the field `last_message_id` open: each message
 * changes that. Callers take those that a reader may view.
 */
export function channelPictures(app: App, space_id: string): Channels['channels'] {
  const { channels } = pictureOf(app, pictures, space_id, () => {
    const drawn = channelViews(app.db, space_id).map((view): [string, OpenText] => {
      const written = Written.as(Channel, { ...view, last_message_id: null });
      return [view.id, new OpenText(written, 'last_message_id')];
    });
    return {
      channels: new Map(drawn),
      bytes: drawn.reduce((sum, [, { bytes }]) => sum + bytes, 0),
    };
  });
  return channels;
}

/** Returns a channel as it is now, as members or as guests are shown it; null if there is none in the space. */
export function channelShown(
  app: App,
  space_id: string,
  id: string,
  isForGuest: boolean,
): Written | null {
  // A turn that changes the space would draw all of its channels anew for each of them.
  if (isForGuest || app.cache.inTurn) {
    const channel = channelNow(app.db, id);
    if (channel === null) return null;
    return Written.as(Channel, isForGuest ? withoutPeople(channel) : channel);
  }
  const picture = channelPictures(app, space_id).get(id);
  return picture === undefined ? null : withLast(picture, lastMessage(app.db, id));
}

export const redrawMovedChannels = consequenceOfMove(({ app }, { space_id, user_id }) => {
  if (space_id !== undefined && user_id === undefined) changesPicture(app, pictures, space_id);
});

export const redrawChannel = consequence(channelRestyled, ({ app }, { space_id }) => {
  if (space_id !== null) changesPicture(app, pictures, space_id);
});

export const redrawOrder = consequence(channelsReordered, ({ app }, { space_id }) =>
  changesPicture(app, pictures, space_id),
);

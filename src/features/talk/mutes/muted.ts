// Which channels are muted for an account: by themselves, or by the category that they are in.
import type { AnyChannel, Reader, SpaceAccess } from '../../../access/evaluate.ts';
import { channelOf, spaceAccess } from '../../../access/load.ts';
import { placeOf } from '../../../access/place.ts';
import type { App } from '../../../app.ts';
import { findMute, mutesOf, type MuteRow } from './queries.ts';

/** Returns what the reader has muted and may view now, oldest first. */
export function ownMutes(app: App, reader: Reader): MuteRow[] {
  return mutesOf(app.db, reader.id).filter((row) => isInView(app, reader, row));
}

function isInView(
  app: App,
  reader: Reader,
  { channel_id, space_id }: ReturnType<typeof mutesOf>[number],
): boolean {
  // Who takes part in a conversation views it: its rows were asked who does.
  return space_id === null || views(app, reader, channel_id);
}

/** Tells whether the reader may view a channel or conversation now. */
export function views(app: App, reader: Reader, channel_id: string): boolean {
  return placeOf(app, reader, channel_id)?.can('view_channel') ?? false;
}

/** Returns the channels of a category that the reader may view; none for what is no category. */
export function channelsUnder(app: App, reader: Reader, channel: AnyChannel): string[] {
  if (channel.type !== 'category') return [];
  const space = spaceAccess(app, channel.space_id);
  if (space === null) return [];
  return [...viewedUnder(app, reader, space, new Set([channel.id]))];
}

/** Returns the channels of a space that stand in one of these categories and the reader may view. */
function* viewedUnder(
  app: App,
  reader: Reader,
  { channels }: SpaceAccess,
  category_ids: ReadonlySet<string>,
): Generator<string, void> {
  for (const { id, parent_id } of channels.values()) {
    if (parent_id !== null && category_ids.has(parent_id) && views(app, reader, id)) yield id;
  }
}

/** Tells whether a channel is muted by itself or by its category. */
export function isMuted(app: App, user_id: string, channel_id: string): boolean {
  if (findMute(app.db, user_id, channel_id) !== null) return true;
  const channel = channelOf(app, channel_id);
  const parent_id = channel === null || channel.space_id === null ? null : channel.parent_id;
  return parent_id !== null && findMute(app.db, user_id, parent_id) !== null;
}

/** Returns all channels that are muted for the reader, each once, looking at them as it goes on. */
export function* mutedChannels(app: App, reader: Reader): Generator<string, void> {
  const direct = new Set<string>();
  for (const row of mutesOf(app.db, reader.id)) {
    if (!isInView(app, reader, row)) continue;
    direct.add(row.channel_id);
    yield row.channel_id;
  }
  // Each space once: somebody may have muted hundreds of its categories.
  const space_ids = new Set<string>();
  for (const id of direct) {
    const channel = channelOf(app, id);
    if (channel?.type === 'category') space_ids.add(channel.space_id);
  }
  for (const space_id of space_ids) {
    const space = spaceAccess(app, space_id);
    for (const id of space === null ? [] : viewedUnder(app, reader, space, direct)) {
      if (!direct.has(id)) yield id;
    }
  }
}

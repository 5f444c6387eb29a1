// Which mutes an account is told of as channels come into its view, or go out of it.
import type { Reader, SpaceAccess } from '../../../access/evaluate.ts';
import type { App } from '../../../app.ts';
import type { Change } from '../../../gateway/own-frames.ts';
import { isAnyMuted, mutedOf } from './queries.ts';
import { channelsUnder, views } from './muted.ts';

/** Returns the channels whose mutes decide: those themselves, and the categories that hold them. */
function deciding({ channels }: SpaceAccess, { gained, lost }: Change): string[] {
  const above = gained.flatMap((id) => channels.get(id)?.parent_id ?? []);
  return [...new Set([...gained, ...above, ...lost])];
}

/** Tells whether there may be anything to tell to anybody. */
export function mayBeMuted({ db }: Pick<App, 'db'>, space: SpaceAccess, change: Change): boolean {
  return isAnyMuted(db, deciding(space, change));
}

/**
 * Yields what is muted now for the reader, or is no more, because of what came and went: a category
 * that comes into view mutes the channels in it, as it does in READY, until it goes again.
 */
export function* mutesMoved(
  app: App,
  reader: Reader,
  space: SpaceAccess,
  change: Change,
): Generator<{ channel_id: string; isMuted: boolean }, void> {
  const direct = mutedOf(app.db, reader.id, deciding(space, change));
  if (direct.size === 0) return;
  const told = new Set<string>();
  for (const id of change.gained) {
    const { parent_id = null } = space.channels.get(id) ?? {};
    const isAbove = parent_id !== null && direct.has(parent_id) && views(app, reader, parent_id);
    if (direct.has(id) || isAbove) told.add(id);
  }
  for (const id of change.gained.filter((one) => direct.has(one))) {
    for (const inside of under(app, reader, space, id)) told.add(inside);
  }
  for (const channel_id of told) yield { channel_id, isMuted: true };
  for (const id of change.lost.filter((one) => direct.has(one))) {
    const inside = under(app, reader, space, id);
    const own = mutedOf(app.db, reader.id, inside);
    for (const channel_id of inside) if (!own.has(channel_id)) yield { channel_id, isMuted: false };
  }
}

function under(app: App, reader: Reader, { channels }: SpaceAccess, id: string): string[] {
  const channel = channels.get(id);
  return channel === undefined ? [] : channelsUnder(app, reader, channel);
}

// Moves channels to new positions.
import type { SpaceAccess } from '../../../access/evaluate.ts';
import type { Turn } from '../../../app.ts';
import { eventFrame, fitsFrame } from '../../../events/event.ts';
import { recordAll } from '../audit-log/actions.ts';
import type { Positions } from '../roles/schema.ts';
import { heardBy, type ChannelKeeper } from './actions.ts';
import { channelsReordered } from './events.ts';
import { channelsOf, placeChannels } from './queries.ts';
import type { Channel } from './schema.ts';
import { channelViews } from './view.ts';

/**
 * Moves channels to new positions; the last one named for a channel counts. Ignores ids that are
 * not of this space.
 */
export function reorderChannels(turn: Turn, by: ChannelKeeper, wishes: Positions): Channel[] {
  const { space } = by;
  const wanted = new Map(wishes.map(({ id, position }) => [id, position]));
  const moves = channelsOf(turn.tx, space.id).flatMap((row) => {
    const position = wanted.get(row.id);
    return position === undefined || position === row.position ? [] : [{ row, position }];
  });
  placeChannels(
    turn.tx,
    moves.map(({ row: { id }, position }) => ({ id, position })),
  );
  const channels = channelViews(turn.tx, space.id);
  if (moves.length === 0) return channels;
  tellOrder(turn, space, channels, new Set(moves.map(({ row }) => heardBy(row).class_id)));
  recordAll(
    turn,
    by,
    moves.map(({ row, position }) => ({
      action: 'channel_update',
      target: { type: 'channel', id: row.id },
      changes: { position: { old: row.position, new: position } },
      channel: heardBy(row),
    })),
  );
  return channels;
}

/** Tells each class with a moved channel about all channels of that class. */
function tellOrder(
  turn: Turn,
  space: SpaceAccess,
  channels: readonly Channel[],
  moved: ReadonlySet<number>,
): void {
  const byClass = Map.groupBy(channels, ({ id }) => space.channels.get(id)?.class_id);
  for (const [class_id, ofClass] of byClass) {
    if (class_id === undefined || !moved.has(class_id)) continue;
    for (const part of inFrames(space.id, ofClass)) {
      turn.tell(
        channelsReordered,
        { channel: { class_id } },
        { space_id: space.id, channels: part },
      );
    }
  }
}

/** Splits a list so that each part fits into one frame. */
function inFrames(space_id: string, channels: readonly Channel[]): Channel[][] {
  const json = JSON.stringify({ space_id, channels });
  const frame = eventFrame(channelsReordered.type, Number.MAX_SAFE_INTEGER, json);
  if (channels.length <= 1 || fitsFrame(frame)) return [[...channels]];
  const middle = Math.ceil(channels.length / 2);
  return [
    ...inFrames(space_id, channels.slice(0, middle)),
    ...inFrames(space_id, channels.slice(middle)),
  ];
}

// Makes, changes, moves and deletes channels.
import type { SpaceAccess } from '../../../access/evaluate.ts';
import type { SpaceChannelGrant, SpaceGrant } from '../../../access/rules.ts';
import type { Turn } from '../../../app.ts';
import { ApiError, noSuch } from '../../../errors.ts';
import type { ClassScope } from '../../../events/audience.ts';
import { eventFrame, fitsFrame } from '../../../events/event.ts';
import { differences, record, recordAll } from '../audit-log/actions.ts';
import type { Positions } from '../roles/schema.ts';
import {
  channelCreated,
  channelDeleted,
  channelRestyled,
  channelsReordered,
  channelUpdated,
} from './events.ts';
import {
  channelsOf,
  classFor,
  emptyCategory,
  findChannel,
  hideChannel,
  insertChannel,
  overwritesOf,
  placeChannels,
  updateChannel,
  type ChannelRow,
} from './queries.ts';
import type { Channel, ChannelPatch, NewChannel } from './schema.ts';
import { channelNow, channelViews } from './view.ts';

const maxChannels = 500;

/** Returns the wire shape of the channel; throws 404 if there is none. */
export function current(turn: Turn, id: string): Channel {
  const channel = channelNow(turn.tx, id);
  if (channel === null) throw noSuch('channel');
  return channel;
}

function refuseForeignParent(space: SpaceAccess, parent_id: string | null | undefined): void {
  if (parent_id && space.channels.get(parent_id)?.type !== 'category') {
    throw new ApiError('invalid_request', 'parent_id must be a category of this space.');
  }
}

type Keeping = Pick<SpaceGrant, 'space'> & { actor: Pick<SpaceGrant['actor'], 'id'> };

/** Makes a channel that every member may view. */
export function createChannel(turn: Turn, by: Keeping, wish: NewChannel): Channel {
  const { space } = by;
  refuseForeignParent(space, wish.parent_id);
  if (space.channels.size >= maxChannels) {
    throw new ApiError('invalid_request', `A space has at most ${maxChannels} channels.`);
  }
  if (wish.type === 'category' && wish.parent_id) {
    throw new ApiError('invalid_request', 'A category stands in no other category.');
  }
  const channel = placeChannel(turn, space.id, wish);
  const heard = heardNow(turn, channel.id);
  turn.tell(channelCreated, { channel: heard }, channel);
  const { id, name, type } = channel;
  record(turn, by, {
    action: 'channel_create',
    target: { type: 'channel', id },
    changes: { name, type },
    channel: heard,
  });
  return channel;
}

/** Writes a new channel and tells nothing: in a new space nobody can hear it yet. */
export function placeChannel(turn: Turn, space_id: string, wish: NewChannel): Channel {
  const id = turn.id();
  const class_id = classFor(turn.tx, space_id, [], wish.allow_anonymous_read ?? false);
  insertChannel(turn.tx, { ...wish, id, space_id, class_id, created_at: turn.now });
  return current(turn, id);
}

/** Returns the scope that hears the channel of a space now. */
export function heardNow(turn: Turn, id: string): ClassScope & { id: string } {
  return heardBy(rowOf(turn, id));
}

function heardBy({ id, class_id }: ChannelRow): ClassScope & { id: string } {
  if (class_id === null) throw new Error(`channel ${id} stands in no space`);
  return { id, class_id };
}

/** The fields of a channel that no access check reads. */
const looks: ReadonlySet<string> = new Set(['name', 'topic', 'nsfw', 'bitrate']);

/** Moves the channel to the class of its overwrites, and tells how it looks if that changed. */
export function tellChange(turn: Turn, before: ChannelRow, was: Channel): Channel {
  const row = findChannel(turn.tx, before.id);
  if (row === undefined || row.space_id === null) throw new Error('a space channel was expected');
  const rules = overwritesOf(turn.tx, row.id);
  const class_id = classFor(turn.tx, row.space_id, rules, row.allow_anonymous_read);
  if (class_id !== row.class_id) updateChannel(turn.tx, row.id, { class_id });
  const channel = current(turn, row.id);
  const changes = differences(was, channel);
  if (changes === null) return channel;
  const isLooks = Object.keys(changes).every((field) => looks.has(field));
  turn.tell(isLooks ? channelRestyled : channelUpdated, { channel: { class_id } }, channel);
  return channel;
}

/** Returns the row of the channel; throws 404 if there is none. */
export function rowOf(turn: Turn, id: string): ChannelRow {
  const row = findChannel(turn.tx, id);
  if (row === undefined) throw noSuch('channel');
  return row;
}

export function changeChannel(turn: Turn, by: SpaceChannelGrant, patch: ChannelPatch): Channel {
  const {
    space,
    channel: { id },
  } = by;
  const before = rowOf(turn, id);
  const was = current(turn, id);
  refuseForeignParent(space, patch.parent_id);
  const type = patch.type ?? before.type;
  const exchangeable = ['text', 'announcement'];
  if (
    type !== before.type &&
    !(exchangeable.includes(type) && exchangeable.includes(before.type))
  ) {
    throw new ApiError('invalid_request', 'Only text and announcement can become each other.');
  }
  if (type === 'category' && patch.parent_id) {
    throw new ApiError('invalid_request', 'A category stands in no other category.');
  }
  updateChannel(turn.tx, id, patch);
  const channel = tellChange(turn, before, was);
  const changes = differences(was, channel);
  if (changes !== null) {
    record(turn, by, {
      action: 'channel_update',
      target: { type: 'channel', id },
      changes,
      channel: heardNow(turn, id),
    });
  }
  return channel;
}

/** Hides a channel at once; its messages are cleared in later turns. */
export function deleteChannel(turn: Turn, by: SpaceChannelGrant): void {
  const { space, channel } = by;
  const { id, type } = channel;
  const { name } = rowOf(turn, id);
  hideChannel(turn.tx, id, turn.now);
  turn.tell(channelDeleted, { channel }, { id, space_id: space.id, type });
  if (type === 'category') takeChildrenOut(turn, space, id);
  record(turn, by, {
    action: 'channel_delete',
    target: { type: 'channel', id },
    changes: { name, type },
    channel,
  });
}

/** Takes the channels of a deleted category out of it, and tells each of them. */
function takeChildrenOut(turn: Turn, space: SpaceAccess, category_id: string): void {
  const moved = emptyCategory(turn.tx, space.id, category_id);
  if (moved.size === 0) return;
  for (const channel of channelViews(turn.tx, space.id)) {
    const class_id = moved.get(channel.id);
    // `channel.delete` has had everybody's access looked at again.
    if (class_id !== undefined) turn.tell(channelRestyled, { channel: { class_id } }, channel);
  }
}

/**
 * Moves channels to new positions; the last one named for a channel counts. Ignores ids that are
 * not of this space.
 */
export function reorderChannels(turn: Turn, by: Keeping, wishes: Positions): Channel[] {
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

// Makes, changes and deletes channels.
import type { SpaceAccess } from '../../../access/evaluate.ts';
import type { SpaceChannelGrant, SpaceGrant } from '../../../access/rules.ts';
import type { Turn } from '../../../app.ts';
import { ApiError, noSuch } from '../../../errors.ts';
import type { ClassScope } from '../../../events/audience.ts';
import { nobody } from '../../../events/event.ts';
import { record, recordAll } from '../audit-log/actions.ts';
import { differences } from '../../../lib/differences.ts';
import {
  channelCreated,
  channelDeleted,
  channelRestyled,
  channelsRehomed,
  channelUpdated,
} from './events.ts';
import {
  classFor,
  emptyCategory,
  findChannel,
  hideChannel,
  insertChannel,
  overwritesOf,
  updateChannel,
  type ChannelRow,
} from './queries.ts';
import { putOverwrites, removeTheseOverwrites } from './overwrite-queries.ts';
import type { Channel, ChannelPatch, GivenOverwrite, NewChannel } from './schema.ts';
import { channelNow, channelViews } from './view.ts';

const maxChannels = 500;

/** Returns the wire shape of the channel; throws 404 if there is none. */
export function current(turn: Turn, id: string): Channel {
  const channel = channelNow(turn.tx, id);
  if (channel === null) throw noSuch('channel');
  return channel;
}

/** Refuses a parent that is no category of the space. */
export function refuseForeignParent(
  space: SpaceAccess,
  parent_id: string | null | undefined,
  sees: (id: string) => boolean = () => true,
): void {
  if (!parent_id || (space.channels.get(parent_id)?.type === 'category' && sees(parent_id))) return;
  throw new ApiError('invalid_request', 'parent_id must be a category of this space.');
}

/** Who changes the channels of which space; the seed does so, too, without a request. */
export type ChannelKeeper = Pick<SpaceGrant, 'space'> & { actor: Pick<SpaceGrant['actor'], 'id'> };

/** Overwrites that were judged before: what a channel gets, and what it loses. */
export interface OverwriteChanges {
  put: readonly GivenOverwrite[];
  removed: readonly string[];
}

/** The maximum size of a channel as JSON: it has to fit into one frame with room to spare. */
const channelLimit_bytes = 49_152;

/** Refuses a channel that overwrites have made too large for one frame. */
export function refuseTooLarge(channel: Channel): void {
  if (Buffer.byteLength(JSON.stringify(channel)) > channelLimit_bytes) {
    throw new ApiError('invalid_request', 'The overwrites of this channel are too many in all.');
  }
}

/** Makes a channel with these overwrites, which were judged before; without any, all may view it. */
export function createChannel(
  turn: Turn,
  by: ChannelKeeper,
  wish: NewChannel,
  rules: readonly GivenOverwrite[] = [],
): Channel {
  const { space } = by;
  refuseForeignParent(space, wish.parent_id);
  if (space.channels.size >= maxChannels) {
    throw new ApiError('invalid_request', `A space has at most ${maxChannels} channels.`);
  }
  if (wish.type === 'category' && wish.parent_id) {
    throw new ApiError('invalid_request', 'A category stands in no other category.');
  }
  const channel = placeChannel(turn, space.id, wish, rules);
  refuseTooLarge(channel);
  const heard = heardNow(turn, channel.id);
  turn.tell(channelCreated, { channel: heard }, channel);
  tellRehomed(turn, [channel.id], null, channel.parent_id);
  const { id, name, type } = channel;
  record(turn, by, {
    action: 'channel_create',
    target: { type: 'channel', id },
    changes: {
      name,
      type,
      ...(rules.length === 0 ? {} : { overwrite_ids: rules.map((rule) => rule.id) }),
    },
    channel: heard,
  });
  return channel;
}

/** Writes a new channel and tells nothing: in a new space nobody can hear it yet. */
export function placeChannel(
  turn: Turn,
  space_id: string,
  { permission_overwrites: _, ...wish }: NewChannel,
  rules: readonly GivenOverwrite[] = [],
): Channel {
  const id = turn.id();
  const overwrites = rules.map((rule) => ({ ...rule, channel_id: id }));
  const class_id = classFor(turn.tx, space_id, overwrites, wish.allow_anonymous_read ?? false);
  insertChannel(turn.tx, { ...wish, id, space_id, class_id, created_at: turn.now });
  putOverwrites(turn.tx, id, rules);
  return current(turn, id);
}

/** Returns the scope that hears the channel of a space now. */
export function heardNow(turn: Turn, id: string): ClassScope & { id: string } {
  return heardBy(rowOf(turn, id));
}

/** Returns the scope that hears a channel of a space, by its row. */
export function heardBy({ id, class_id }: ChannelRow): ClassScope & { id: string } {
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

/** Changes a channel, and its overwrites as `changes` says, which were judged before. */
export function changeChannel(
  turn: Turn,
  by: SpaceChannelGrant,
  { permission_overwrites: _, ...patch }: ChannelPatch,
  { put, removed }: OverwriteChanges,
): Channel {
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
  removeTheseOverwrites(turn.tx, id, removed);
  putOverwrites(turn.tx, id, put);
  if (put.length > 0) refuseTooLarge(current(turn, id));
  const channel = tellChange(turn, before, was);
  tellRehomed(turn, [id], was.parent_id, channel.parent_id);
  recordOverwrites(turn, by, [...removed, ...put.map((rule) => rule.id)], was, channel);
  const changes = differences(was, channel, ['permission_overwrites']);
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

/** So many changed overwrites get an audit log entry each; more of them share one that names them. */
const maxEntries = 20;

/** Writes the audit log entries for changes of overwrites. */
export function recordOverwrites(
  turn: Turn,
  by: ChannelKeeper,
  ids: readonly string[],
  before: Channel,
  after: Channel,
): void {
  const [was, is] = [before, after].map(
    (one) => new Map(one.permission_overwrites.map(({ id, ...rule }) => [id, rule])),
  );
  const nothing = { type: null, allow: [], deny: [] };
  const changed = ids.flatMap((overwrite_id) => {
    const changes = differences<object>(
      was?.get(overwrite_id) ?? nothing,
      is?.get(overwrite_id) ?? nothing,
    );
    return changes === null ? [] : [{ overwrite_id, ...changes }];
  });
  if (changed.length === 0) return;
  const entries =
    changed.length > maxEntries
      ? [{ overwrite_ids: changed.map(({ overwrite_id }) => overwrite_id) }]
      : changed;
  const target = { type: 'channel', id: after.id } as const;
  const channel = heardNow(turn, after.id);
  recordAll(
    turn,
    by,
    entries.map((changes) => ({ action: 'channel_update', target, changes, channel })),
  );
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
  tellRehomed(turn, [...moved.keys()], category_id, null);
}

function tellRehomed(turn: Turn, ids: string[], from: string | null, to: string | null): void {
  if (from !== to) turn.tell(channelsRehomed, nobody, { ids, from, to });
}

// What happens to channels: made, changed, moved, removed, opened and closed to roles and members.
import type { ChannelAccess, MemberAccess, SpaceAccess } from '../../access/evaluate.ts';
import { memberAccess } from '../../access/load.ts';
import { rankOf } from '../../access/evaluate.ts';
import { permissionSet } from '../../access/permissions.ts';
import { refuseUnheld, type Can } from '../../access/rules.ts';
import type { Actor } from '../../access/tokens.ts';
import type { Turn } from '../../app.ts';
import { ApiError } from '../../errors.ts';
import { eventFrame, fitsFrame } from '../../events/event.ts';
import type { Positions } from '../roles/schema.ts';
import { channelCreated, channelDeleted, channelsReordered, channelUpdated } from './events.ts';
import {
  channelsOf,
  classFor,
  findChannel,
  hideChannel,
  insertChannel,
  overwritesOf,
  putOverwrite,
  removeOverwrite,
  updateChannel,
  type ChannelRow,
} from './queries.ts';
import type { Channel, ChannelPatch, NewChannel, NewOverwrite } from './schema.ts';
import { channelNow, channelViews } from './view.ts';

const mostChannels = 500;
const mostOverwrites = 250;
/** The most that a channel takes as JSON; it has to fit into one frame with room to spare. */
const channelLimit_bytes = 49_152;

function current(turn: Turn, id: string): Channel {
  const channel = channelNow(turn.tx, id);
  if (channel === null) {
    throw new ApiError('not_found', 'There is no such channel (unknown_channel).');
  }
  return channel;
}

function refuseForeignParent(space: SpaceAccess, parent_id: string | null | undefined): void {
  if (parent_id && space.channels.get(parent_id)?.type !== 'category') {
    throw new ApiError('invalid_request', 'parent_id must be a category of this space.');
  }
}

/** Makes a channel that every member may view. */
export function createChannel(turn: Turn, space: SpaceAccess, wish: NewChannel): Channel {
  refuseForeignParent(space, wish.parent_id);
  if (space.channels.size >= mostChannels) {
    throw new ApiError('invalid_request', `A space has at most ${mostChannels} channels.`);
  }
  if (wish.type === 'category' && wish.parent_id) {
    throw new ApiError('invalid_request', 'A category stands in no other category.');
  }
  const channel = placeChannel(turn, space.id, wish);
  turn.tell(channelCreated, { channel: { class_id: classOf(turn, channel.id) } }, channel);
  return channel;
}

/** Writes a new channel, without a word: in a space that is being founded nobody can hear it yet. */
export function placeChannel(turn: Turn, space_id: string, wish: NewChannel): Channel {
  const id = turn.id();
  const class_id = classFor(turn.tx, space_id, [], wish.allow_anonymous_read ?? false);
  insertChannel(turn.tx, { ...wish, id, space_id, class_id, created_at: turn.now });
  return current(turn, id);
}

function classOf(turn: Turn, id: string): number | null {
  return rowOf(turn, id).class_id;
}

/** Puts the channel into the class that its overwrites now call for, and tells how it looks. */
function tellChange(turn: Turn, before: ChannelRow, was: Channel): Channel {
  const row = findChannel(turn.tx, before.id);
  if (row === undefined || row.space_id === null) throw new Error('a space channel was expected');
  const rules = overwritesOf(turn.tx, row.id);
  const class_id = classFor(turn.tx, row.space_id, rules, row.allow_anonymous_read);
  if (class_id !== row.class_id) updateChannel(turn.tx, row.id, { class_id });
  const channel = current(turn, row.id);
  if (JSON.stringify(channel) !== JSON.stringify(was)) {
    turn.tell(channelUpdated, { channel: { class_id } }, channel);
  }
  return channel;
}

function rowOf(turn: Turn, id: string): ChannelRow {
  const row = findChannel(turn.tx, id);
  if (row === undefined) {
    throw new ApiError('not_found', 'There is no such channel (unknown_channel).');
  }
  return row;
}

export function changeChannel(
  turn: Turn,
  space: SpaceAccess,
  { id }: ChannelAccess,
  patch: ChannelPatch,
): Channel {
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
  return tellChange(turn, before, was);
}

/** Hides a channel from everybody at once; its messages are cleared afterwards. */
export function deleteChannel(turn: Turn, space: SpaceAccess, channel: ChannelAccess): void {
  const { id, class_id, type } = channel;
  hideChannel(turn.tx, id, turn.now);
  turn.tell(channelDeleted, { channel: { class_id } }, { id, space_id: space.id, type });
  for (const child of space.channels.values()) {
    if (child.parent_id !== id) continue;
    const before = rowOf(turn, child.id);
    const was = current(turn, child.id);
    updateChannel(turn.tx, child.id, { parent_id: null });
    tellChange(turn, before, was);
  }
}

/** Moves channels to the positions asked for; unknown and foreign ids are ignored. */
export function reorderChannels(turn: Turn, space: SpaceAccess, wishes: Positions): Channel[] {
  const moved = new Set<number | null>();
  for (const { id, position } of wishes) {
    if (position < 0) throw new ApiError('invalid_request', 'A position is 0 or more.');
    const row = space.channels.has(id) ? rowOf(turn, id) : null;
    if (row === null || row.position === position) continue;
    updateChannel(turn.tx, id, { position });
    moved.add(row.class_id);
  }
  const channels = channelViews(turn.tx, space.id);
  if (moved.size > 0) tellOrder(turn, space, channels, moved);
  return channels;
}

/** Tells each visibility class in which something moved of all its channels. */
function tellOrder(
  turn: Turn,
  space: SpaceAccess,
  channels: readonly Channel[],
  moved: ReadonlySet<number | null>,
): void {
  const rows = new Map(channelsOf(turn.tx, space.id).map((row) => [row.id, row]));
  const byClass = Map.groupBy(channels, ({ id }) => rows.get(id)?.class_id ?? null);
  for (const [class_id, ofClass] of byClass) {
    if (!moved.has(class_id)) continue;
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
  const frame = eventFrame(channelsReordered.type, Number.MAX_SAFE_INTEGER, { space_id, channels });
  if (channels.length <= 1 || fitsFrame(frame)) return [[...channels]];
  const middle = Math.ceil(channels.length / 2);
  return [
    ...inFrames(space_id, channels.slice(0, middle)),
    ...inFrames(space_id, channels.slice(middle)),
  ];
}

/** Who changes overwrites, and by what right. */
export interface OverwriteActor {
  actor: Actor;
  space: SpaceAccess;
  member: MemberAccess | null;
  channel: ChannelAccess;
  can: Can;
}

/** Sets what a role or a member may do in a channel; only what the actor holds there can change. */
export function setOverwrite(
  turn: Turn,
  by: OverwriteActor,
  id: string,
  wish: NewOverwrite,
): Channel {
  const { space, channel } = by;
  if ([...wish.allow, ...wish.deny].includes('administrator')) {
    throw new ApiError('invalid_request', 'administrator cannot stand in an overwrite.');
  }
  refuseUnknownTarget(turn, space, id, wish.type);
  refuseHigherTarget(turn, by, id, wish.type);
  const old = channel.overwrites.find((one) => one.id === id);
  const allow = permissionSet(wish.allow);
  const deny = permissionSet(wish.deny);
  refuseUnheld(by.can, (allow ^ (old?.allow ?? 0n)) | (deny ^ (old?.deny ?? 0n)));
  if (old === undefined && channel.overwrites.length >= mostOverwrites) {
    throw new ApiError('invalid_request', `A channel has at most ${mostOverwrites} overwrites.`);
  }
  const before = rowOf(turn, channel.id);
  const was = current(turn, channel.id);
  putOverwrite(turn.tx, { ...wish, channel_id: channel.id, id });
  refuseTooLarge(current(turn, channel.id));
  return tellChange(turn, before, was);
}

/** Refuses overwrites with which the channel would fit into no frame. */
function refuseTooLarge(channel: Channel): void {
  if (Buffer.byteLength(JSON.stringify(channel)) > channelLimit_bytes) {
    throw new ApiError('invalid_request', 'The overwrites of this channel are too many in all.');
  }
}

function refuseUnknownTarget(turn: Turn, space: SpaceAccess, id: string, type: string): void {
  if (type === 'role' && !space.roles.has(id)) {
    throw new ApiError('not_found', 'There is no such role (unknown_role).');
  }
  if (type === 'member' && memberAccess(turn.app, space.id, id) === null) {
    throw new ApiError('not_found', 'There is no such member.');
  }
}

/**
 * Nobody changes what holds for a role above the own rank, or for somebody else of the own rank or
 * above. The own highest role may be changed: else nobody but the owner could open a channel to it.
 */
function refuseHigherTarget(turn: Turn, by: OverwriteActor, id: string, type: string): void {
  const { actor, space, member } = by;
  if (actor.is_admin || actor.id === space.owner_id || actor.id === id) return;
  const own = rankOf(space, actor.id, member);
  const isHigher =
    type === 'role'
      ? (space.roles.get(id)?.position ?? 0) > own
      : rankOf(space, id, memberAccess(turn.app, space.id, id)) >= own;
  if (isHigher) throw new ApiError('forbidden', 'That is not below your own highest role.');
}

/** Takes an overwrite away; nothing happens when there is none. */
export function clearOverwrite(turn: Turn, by: OverwriteActor, id: string): void {
  const old = by.channel.overwrites.find((one) => one.id === id);
  if (old === undefined) return;
  refuseHigherTarget(turn, by, id, old.type);
  refuseUnheld(by.can, old.allow | old.deny);
  dropOverwrite(turn, by.channel.id, id);
}

/** Takes an overwrite away and tells how the channel looks now. */
export function dropOverwrite(turn: Turn, channel_id: string, id: string): void {
  const before = rowOf(turn, channel_id);
  const was = current(turn, channel_id);
  if (removeOverwrite(turn.tx, channel_id, id)) tellChange(turn, before, was);
}

/** The channels of a list that the check lets through. */
export function seen(
  channels: readonly Channel[],
  space: SpaceAccess,
  views: (channel: ChannelAccess) => boolean,
): Channel[] {
  return channels.filter(({ id }) => {
    const access = space.channels.get(id);
    return access !== undefined && views(access);
  });
}

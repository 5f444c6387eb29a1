// Sets and removes the overwrites of channels: what roles and members may do there.
import { classSignature, rankOf, type SpaceAccess } from '../../../access/evaluate.ts';
import { memberAccess } from '../../../access/load.ts';
import { permissionSet } from '../../../access/permissions.ts';
import { refuseUnheld, type SpaceChannelGrant } from '../../../access/rules.ts';
import type { Turn } from '../../../app.ts';
import { ApiError, noSuch } from '../../../errors.ts';
import { differences, record } from '../audit-log/actions.ts';
import { current, heardNow, rowOf, tellChange } from './actions.ts';
import { channelUpdated } from './events.ts';
import {
  channelsOf,
  classFor,
  overwritesIn,
  placeInClasses,
  putOverwrite,
  removeOverwrite,
  removeOverwrites,
} from './queries.ts';
import type { Channel, NewOverwrite } from './schema.ts';
import { channelView } from './view.ts';

const maxOverwrites = 250;
/** Of all channels of a space together: each change of access, and each list, reads all of them. */
export const maxInSpace = 5_000;
/** The maximum size of a channel as JSON: it has to fit into one frame with room to spare. */
const channelLimit_bytes = 49_152;

/** Sets an overwrite; only permissions that the actor has in the channel can change. */
export function setOverwrite(
  turn: Turn,
  by: SpaceChannelGrant,
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
  if (old === undefined) refuseTooMany(by);
  const before = rowOf(turn, channel.id);
  const was = current(turn, channel.id);
  putOverwrite(turn.tx, { ...wish, channel_id: channel.id, id });
  refuseTooLarge(current(turn, channel.id));
  const changed = tellChange(turn, before, was);
  recordOverwrite(turn, by, id, was, changed);
  return changed;
}

/** Writes the audit log entry for the change of one overwrite, if it changed. */
function recordOverwrite(
  turn: Turn,
  by: SpaceChannelGrant,
  overwrite_id: string,
  before: Channel,
  after: Channel,
): void {
  const nothing = { type: null, allow: [], deny: [] };
  const [was, is] = [before, after].map(({ permission_overwrites }) => {
    const found = permission_overwrites.find(({ id }) => id === overwrite_id);
    return found ? { type: found.type, allow: found.allow, deny: found.deny } : nothing;
  });
  const changes = was && is && differences<object>(was, is);
  if (!changes) return;
  record(turn, by, {
    action: 'channel_update',
    target: { type: 'channel', id: after.id },
    changes: { overwrite_id, ...changes },
    channel: heardNow(turn, after.id),
  });
}

/** Refuses one more overwrite where the channel or the space has as many as it may have. */
function refuseTooMany({ space, channel }: SpaceChannelGrant): void {
  if (channel.overwrites.length >= maxOverwrites) {
    throw new ApiError('invalid_request', `A channel has at most ${maxOverwrites} overwrites.`);
  }
  let count = 0;
  for (const { overwrites } of space.channels.values()) count += overwrites.length;
  if (count < maxInSpace) return;
  throw new ApiError('invalid_request', `A space has at most ${maxInSpace} overwrites in all.`);
}

/** Refuses a channel that overwrites have made too large for one frame. */
function refuseTooLarge(channel: Channel): void {
  if (Buffer.byteLength(JSON.stringify(channel)) > channelLimit_bytes) {
    throw new ApiError('invalid_request', 'The overwrites of this channel are too many in all.');
  }
}

function refuseUnknownTarget(turn: Turn, space: SpaceAccess, id: string, type: string): void {
  if (type === 'role' && !space.roles.has(id)) throw noSuch('role');
  if (type === 'member' && memberAccess(turn.app, space.id, id) === null) {
    throw new ApiError('not_found', 'There is no such member.');
  }
}

/**
 * Refuses overwrites of roles above the actor's rank, and of other members at or above that rank.
 * The actor's own highest role is fine: else only the owner could open a channel to it.
 */
function refuseHigherTarget(turn: Turn, by: SpaceChannelGrant, id: string, type: string): void {
  const { actor, space, member } = by;
  if (actor.is_admin || actor.id === space.owner_id || actor.id === id) return;
  const own = rankOf(space, actor.id, member);
  const isHigher =
    type === 'role'
      ? (space.roles.get(id)?.position ?? 0) > own
      : rankOf(space, id, memberAccess(turn.app, space.id, id)) >= own;
  if (isHigher) throw new ApiError('forbidden', 'That is not below your own highest role.');
}

/** Removes an overwrite for an actor, with checks and an audit log entry; none is no error. */
export function clearOverwrite(turn: Turn, by: SpaceChannelGrant, id: string): void {
  const old = by.channel.overwrites.find((one) => one.id === id);
  if (old === undefined) return;
  refuseHigherTarget(turn, by, id, old.type);
  refuseUnheld(by.can, old.allow | old.deny);
  const was = current(turn, by.channel.id);
  dropOverwrite(turn, by.channel.id, id);
  recordOverwrite(turn, by, id, was, current(turn, by.channel.id));
}

/** Removes an overwrite without checks, and tells how the channel looks now. */
function dropOverwrite(turn: Turn, channel_id: string, id: string): void {
  const before = rowOf(turn, channel_id);
  const was = current(turn, channel_id);
  if (removeOverwrite(turn.tx, channel_id, id)) tellChange(turn, before, was);
}

/**
 * Removes all overwrites of a role or member in a space without checks, and tells how the channels
 * look now. As many statements for all of them as for one: each channel may have such an overwrite.
 */
export function dropOverwrites(turn: Turn, space_id: string, id: string): void {
  const { tx } = turn;
  const touched = new Set(removeOverwrites(tx, space_id, id));
  if (touched.size === 0) return;
  const rules = overwritesIn(tx, space_id);
  const classes = new Map<string, number>();
  const rows = channelsOf(tx, space_id)
    .filter((row) => touched.has(row.id))
    .map((row) => {
      const own = rules.get(row.id) ?? [];
      const signature = classSignature(own, row.allow_anonymous_read);
      const class_id =
        classes.get(signature) ?? classFor(tx, space_id, own, row.allow_anonymous_read);
      classes.set(signature, class_id);
      return { ...row, class_id };
    });
  placeInClasses(
    tx,
    rows.map((row) => ({ id: row.id, class_id: row.class_id })),
  );
  for (const row of rows) {
    const { class_id } = row;
    turn.tell(channelUpdated, { channel: { class_id } }, channelView(row, rules.get(row.id) ?? []));
  }
}

// Sets and removes the overwrites of channels: what roles and members may do there.
import {
  channelPermissions,
  classSignature,
  has,
  rankOf,
  type OverwriteAccess,
  type SpaceAccess,
} from '../../../access/evaluate.ts';
import { memberAccess } from '../../../access/load.ts';
import { permissionSet } from '../../../access/permissions.ts';
import {
  lacking,
  refuseUnheld,
  type SpaceChannelGrant,
  type SpaceGrant,
} from '../../../access/rules.ts';
import type { Turn } from '../../../app.ts';
import { ApiError, noSuch } from '../../../errors.ts';
import {
  current,
  recordOverwrites,
  refuseTooLarge,
  rowOf,
  tellChange,
  type OverwriteChanges,
} from './actions.ts';
import { channelUpdated } from './events.ts';
import { channelsOf, classFor, overwritesIn, placeInClasses } from './queries.ts';
import {
  denyOnly,
  putOverwrite,
  removeOverwrite,
  removeOverwrites,
  spacesWithOverwrites,
} from './overwrite-queries.ts';
import { maxOverwrites, type Channel, type GivenOverwrite, type NewOverwrite } from './schema.ts';
import { channelView } from './view.ts';

/** Of all channels of a space together: each change of access, and each list, reads all of them. */
export const maxInSpace = 5_000;

/** Who sets overwrites: `can` says what the actor may do in the channel, or in the space of a new one. */
type Setter = Pick<SpaceGrant, 'actor' | 'space' | 'member' | 'can' | 'timed_out'>;

/** Refuses an overwrite unless the actor is above its target and holds every permission that changes. */
function judge(
  turn: Turn,
  by: Setter,
  old: OverwriteAccess | undefined,
  { id, type, ...wish }: GivenOverwrite,
): void {
  if ([...wish.allow, ...wish.deny].includes('administrator')) {
    throw new ApiError('invalid_request', 'administrator cannot stand in an overwrite.');
  }
  const allow = permissionSet(wish.allow);
  const deny = permissionSet(wish.deny);
  refuseUnknownTarget(turn, by, { id, type, allow }, old);
  refuseHigherTarget(turn, by, id, type);
  refuseUnheld(by.can, (allow ^ (old?.allow ?? 0n)) | (deny ^ (old?.deny ?? 0n)));
}

/** Refuses to take an overwrite away unless the actor may. */
function judgeRemoval(turn: Turn, by: Setter, { id, type, allow, deny }: OverwriteAccess): void {
  refuseHigherTarget(turn, by, id, type);
  refuseUnheld(by.can, allow | deny);
}

/** Judges a whole list in place of the overwrites that a channel has: as if each were set alone. */
export function judgeList(
  turn: Turn,
  by: Setter,
  before: readonly OverwriteAccess[],
  wishes: readonly GivenOverwrite[],
): OverwriteChanges {
  const known = new Map(before.map((one) => [one.id, one]));
  const wanted = new Set(wishes.map(({ id }) => id));
  const put = wishes.filter((wish) => !isSame(known.get(wish.id), wish));
  const gone = before.filter(({ id }) => !wanted.has(id));
  if (put.length + gone.length > 0 && !by.can('manage_roles')) throw lacking(by, 'manage_roles');
  for (const wish of put) judge(turn, by, known.get(wish.id), wish);
  for (const old of gone) judgeRemoval(turn, by, old);
  refuseTooMany(by.space, wishes.length - before.length);
  return { put, removed: gone.map(({ id }) => id) };
}

function isSame(old: OverwriteAccess | undefined, { type, allow, deny }: GivenOverwrite): boolean {
  if (old === undefined) return false;
  return (
    old.type === type && old.allow === permissionSet(allow) && old.deny === permissionSet(deny)
  );
}

/** Sets an overwrite; only permissions that the actor has in the channel can change. */
export function setOverwrite(
  turn: Turn,
  by: SpaceChannelGrant,
  id: string,
  wish: NewOverwrite,
): Channel {
  const { space, channel } = by;
  const old = channel.overwrites.find((one) => one.id === id);
  judge(turn, by, old, { ...wish, id });
  if (old === undefined) {
    if (channel.overwrites.length >= maxOverwrites) {
      throw new ApiError('invalid_request', `A channel has at most ${maxOverwrites} overwrites.`);
    }
    refuseTooMany(space, 1);
  }
  const before = rowOf(turn, channel.id);
  const was = current(turn, channel.id);
  putOverwrite(turn.tx, { ...wish, channel_id: channel.id, id });
  refuseTooLarge(current(turn, channel.id));
  const changed = tellChange(turn, before, was);
  recordOverwrites(turn, by, [id], was, changed);
  return changed;
}

/** Refuses so many overwrites more where the space would have more than it may have. */
export function refuseTooMany(space: SpaceAccess, more: number): void {
  if (more <= 0) return;
  let count = 0;
  for (const { overwrites } of space.channels.values()) count += overwrites.length;
  if (count + more <= maxInSpace) return;
  throw new ApiError('invalid_request', `A space has at most ${maxInSpace} overwrites in all.`);
}

/**
 * Refuses a role or a member that the space does not have. What is denied to a member who left is
 * kept: it can be changed to deny something else, and be denied in other channels as well.
 */
function refuseUnknownTarget(
  turn: Turn,
  by: Setter,
  { id, type, allow }: Omit<OverwriteAccess, 'deny'>,
  old: OverwriteAccess | undefined,
): void {
  const { space } = by;
  if (type === 'role') {
    if (!space.roles.has(id)) throw noSuch('role');
    return;
  }
  if (memberAccess(turn.app, space.id, id) !== null) return;
  if (allow === 0n && (old?.type === 'member' || isDenied(by, id))) return;
  throw new ApiError('not_found', 'There is no such member.');
}

/** Tells whether a channel that the actor sees denies something to an account, which may have left. */
function isDenied({ space, member, actor }: Setter, id: string): boolean {
  return space.channels.values().some((channel) => {
    const names = channel.overwrites.some((one) => one.type === 'member' && one.id === id);
    return names && has(channelPermissions(space, channel, member, actor), 'view_channel');
  });
}

/**
 * Refuses overwrites of roles above the actor's rank, and of other members at or above that rank.
 * The actor's own highest role is fine: else only the owner could open a channel to it.
 */
function refuseHigherTarget(turn: Turn, by: Setter, id: string, type: string): void {
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
  judgeRemoval(turn, by, old);
  const was = current(turn, by.channel.id);
  dropOverwrite(turn, by.channel.id, id);
  recordOverwrites(turn, by, [id], was, current(turn, by.channel.id));
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
  reclassify(turn, space_id, new Set(removeOverwrites(turn.tx, space_id, id)));
}

const sliceSpaces = 20;

/**
 * Removes the overwrites of an account that is gone for good in some of the spaces that it was in;
 * true if there may be more.
 */
export function dropSomeOverwrites(turn: Turn, user_id: string): boolean {
  const some = spacesWithOverwrites(turn.tx, user_id, sliceSpaces);
  for (const space_id of some) dropOverwrites(turn, space_id, user_id);
  return some.length === sliceSpaces;
}

/** Takes away what overwrites allow a member who leaves; what they deny holds when it comes back. */
export function dropAllowing(turn: Turn, space_id: string, user_id: string): void {
  reclassify(turn, space_id, new Set(denyOnly(turn.tx, space_id, user_id)));
}

/** Puts channels whose overwrites have changed into their classes, and tells how they look. */
function reclassify(turn: Turn, space_id: string, touched: ReadonlySet<string>): void {
  if (touched.size === 0) return;
  const { tx } = turn;
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

// Access rules of reading, for those too who have no account: anyone in public spaces, guests in theirs.
import {
  anonymousPermissions,
  channelPermissions,
  has,
  spacePermissions,
  type ChannelAccess,
  type MemberAccess,
  type SpaceAccess,
} from './evaluate.ts';
import { guestReads, guestViews, takesGuests } from './guests.ts';
import { memberAccess } from './load.ts';
import type { Permission } from './permissions.ts';
import {
  channel,
  knownChannel,
  knownSpace,
  missing,
  onlyAccounts,
  rule,
  signedIn,
  spaceMember,
  type Rule,
} from './rules.ts';
import { ApiError } from '../errors.ts';
import type { Actor } from './tokens.ts';

/** Anyone for a public space, its members for a private one. */
export const spaceReader = rule(
  ['space_id'],
  'space: anyone if public, else member',
  false,
  ({ app, actor, guest, params }) => {
    const found = knownSpace(app, params.space_id);
    if (guest !== null) return guestReading(found);
    if (actor === null && !found.public) signedIn(actor);
    const member = actor === null ? null : memberAccess(app, found.id, actor.id);
    if (actor !== null && !found.public) {
      if (!has(spacePermissions(found, member, actor), 'view_channel')) {
        throw new ApiError('forbidden', 'Only members of this space may do this.');
      }
    }
    const may = (permission: Permission) => (channel: ChannelAccess) =>
      has(readingPermissions(found, channel, member, actor), permission);
    return { space: found, actor, views: may('view_channel'), readsHistory: may('read_history') };
  },
);

/** What a guest may read of a space: where guests are let in, what is open to them. */
function guestReading(found: SpaceAccess) {
  if (!takesGuests(found)) throw onlyAccounts();
  const views = (channel: ChannelAccess) => guestViews(found, channel);
  const readsHistory = (channel: ChannelAccess) => guestReads(found, channel);
  return { space: found, actor: null, views, readsHistory };
}

/** A member by permissions; who has not joined reads a public space as someone without an account does. */
function readingPermissions(
  found: SpaceAccess,
  channel: ChannelAccess,
  member: MemberAccess | null,
  actor: Actor | null,
): bigint {
  const isVisitor = member === null && !actor?.is_admin && actor?.id !== found.owner_id;
  return actor === null || isVisitor
    ? anonymousPermissions(found, channel)
    : channelPermissions(found, channel, member, actor);
}

/** Whoever may read old messages of the channel; anyone where @everyone of a public space may. */
export const channelReader = rule(
  ['channel_id'],
  'channel: read_history; anyone if public',
  false,
  ({ app, actor, guest, params }) => {
    const { channel: found, space: home } = knownChannel(app, params.channel_id);
    if (guest !== null) {
      if (!guestReads(home, found)) throw onlyAccounts();
      return { actor: null, channel: found, space: home };
    }
    if (actor === null && !home.public) signedIn(actor);
    const member = actor === null ? null : memberAccess(app, home.id, actor.id);
    const set = readingPermissions(home, found, member, actor);
    for (const permission of ['view_channel', 'read_history'] as const) {
      if (!has(set, permission)) throw missing(permission);
    }
    return { actor, channel: found, space: home };
  },
);

/** A member of the space who may view channels, or one of its guests. */
export const spaceMemberOrGuest: Rule<'space_id', { space: SpaceAccess }> = {
  ...rule(['space_id'], 'space: member, or its guest', true, (asked) => {
    if (asked.guest === null) return { space: spaceMember.grant(asked).space };
    const found = knownSpace(asked.app, asked.params.space_id);
    const isOpen = has(found.everyone.permissions, 'view_channel');
    if (found.id !== asked.guest.space_id || !isOpen) throw onlyAccounts();
    return { space: found };
  }),
  guests: true,
};

/** Whoever views the channel, guests of its space included where it is open to them. */
export const channelViewer: Rule<'channel_id', { channel: ChannelAccess }> = {
  ...rule(['channel_id'], 'channel: view_channel, or a guest of its space', true, (asked) => {
    if (asked.guest === null) return { channel: channel('view_channel').grant(asked).channel };
    const { channel: found, space: home } = knownChannel(asked.app, asked.params.channel_id);
    if (home.id !== asked.guest.space_id || !guestViews(home, found)) throw onlyAccounts();
    return { channel: found };
  }),
  guests: true,
};

// Access rules for reading, which also let people without an account read what is open to them.
import type { App } from '../app.ts';
import { has, spacePermissions, type SpaceAccess } from './evaluate.ts';
import { takesGuests } from './guests.ts';
import { memberAccess } from './load.ts';
import { accountOf, isGuest, readingAs, viewablePlaces, type Place, type Viewer } from './place.ts';
import {
  channel,
  knownPlace,
  knownSpace,
  missing,
  onlyAccounts,
  onlyMembers,
  rule,
  signedIn,
  spaceMember,
  type Rule,
} from './rules.ts';
import type { Actor } from './tokens.ts';

interface Reading {
  /** The account that reads; null for guests and where there is none. */
  readonly actor: Actor | null;
}

/** Makes the rule for reading a space; `find` looks the space up by the value in the path. */
export function readerOfSpace(find: (app: App, named: string) => SpaceAccess) {
  return rule(
    ['space_id'],
    'space: any account if public, anyone where guests may read, else member',
    false,
    ({ app, viewer, params }): Reading & { space: SpaceAccess; viewer: Viewer } => {
      const space = find(app, params.space_id);
      if (isGuest(viewer)) {
        if (!takesGuests(space)) throw onlyAccounts();
      } else if (viewer === null && !takesGuests(space)) {
        if (viewablePlaces(app, viewer, space).length === 0) signedIn(viewer);
      } else if (!space.public) {
        const actor = signedIn(viewer);
        const member = memberAccess(app, space.id, actor.id);
        if (!has(spacePermissions(space, member, actor), 'view_channel')) throw onlyMembers();
      }
      return { space, actor: accountOf(viewer), viewer: readingAs(app, viewer, space) };
    },
  );
}

/**
 * Accounts for a public space, members for a private one; anyone where guests are let in or a
 * channel is open to all. Read channels as the granted `viewer`.
 */
export const spaceReader = readerOfSpace(knownSpace);

/**
 * Anyone with `read_history` in the channel; in a public space, people without an account too, where
 * guests are let in or the channel is open to all.
 */
export const channelReader = rule(
  ['channel_id'],
  'channel: read_history; any account if public, anyone where guests may read',
  false,
  ({ app, viewer, params: { channel_id } }): Reading & Place => {
    let place = knownPlace(app, viewer, channel_id);
    const space = place.home.kind === 'space' ? place.home.space : null;
    const reader = space === null ? viewer : readingAs(app, viewer, space);
    if (reader !== viewer) place = knownPlace(app, reader, channel_id);
    for (const permission of ['view_channel', 'read_history'] as const) {
      if (place.can(permission)) continue;
      if (viewer === null && !(space && takesGuests(space))) signedIn(viewer);
      throw isGuest(viewer) ? onlyAccounts() : missing(permission);
    }
    return { ...place, actor: accountOf(viewer) };
  },
);

/** Members of the space with `view_channel`, and its guests. */
export const spaceMemberOrGuest: Rule<'space_id', Reading & { space: SpaceAccess }> = {
  ...rule(['space_id'], 'space: member, or its guest', true, (asked) => {
    const { app, viewer, params } = asked;
    if (!isGuest(viewer)) {
      const { space, actor } = spaceMember.grant(asked);
      return { space, actor };
    }
    const space = knownSpace(app, params.space_id);
    const isOpen = has(space.everyone.permissions, 'view_channel');
    if (space.id !== viewer.space_id || !isOpen) throw onlyAccounts();
    return { space, actor: null };
  }),
  guests: true,
};

/** Anyone with `view_channel`, and guests of the space where the channel is open to them. */
export const channelViewer: Rule<'channel_id', Place> = {
  ...rule(['channel_id'], 'channel: view_channel, or a guest of its space', true, (asked) => {
    const { app, viewer, params } = asked;
    if (!isGuest(viewer)) return channel('view_channel').grant(asked);
    const place = knownPlace(app, viewer, params.channel_id);
    if (place.channel.space_id !== viewer.space_id || !place.can('view_channel')) {
      throw onlyAccounts();
    }
    return place;
  }),
  guests: true,
};

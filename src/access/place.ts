// Places: a channel with its home, and the permissions that one viewer has there.
import type { App } from '../app.ts';
import {
  anonymousPermissions,
  channelPermissions,
  conversationPermissions,
  has,
  underTimeout,
  visitorPermissions,
  type AnyChannel,
  type ChannelAccess,
  type ConversationAccess,
  type MemberAccess,
  type Reader,
  type SpaceAccess,
} from './evaluate.ts';
import { guestPermissions, type Guest } from './guests.ts';
import { channelOf, memberAccess, spaceAccess } from './load.ts';
import type { Permission } from './permissions.ts';
import { isTimedOut } from './timeouts.ts';
import type { Actor } from './tokens.ts';

export type Can = (permission: Permission) => boolean;

/** A guest, as far as permissions need it. */
export type GuestOf = Pick<Guest, 'id' | 'space_id'>;

/** An account, a guest, any account in a space that it has not joined, or null without a token. */
export type Viewer = Reader | GuestOf | 'visitor' | null;

/** The sender of a request or command, as its token says. */
export type Caller = Actor | Guest | null;

export function isGuest(viewer: Caller): viewer is Guest;
export function isGuest(viewer: Viewer): viewer is GuestOf;
export function isGuest(viewer: Viewer): boolean {
  return viewer !== null && viewer !== 'visitor' && 'space_id' in viewer;
}

/** Returns the viewer's account; null for guests, visitors and viewers without a token. */
export function accountOf(viewer: Caller): Actor | null;
export function accountOf(viewer: Viewer): Reader | null;
export function accountOf(viewer: Viewer): Reader | null {
  return viewer === null || viewer === 'visitor' || isGuest(viewer) ? null : viewer;
}

interface InSpace {
  readonly kind: 'space';
  readonly space: SpaceAccess;
  /** Null if the viewer has not joined the space. */
  readonly member: MemberAccess | null;
}

interface InConversation {
  readonly kind: 'conversation';
  readonly conversation: ConversationAccess;
}

/** A channel with its home and a viewer's permissions there. */
export interface Place {
  readonly channel: AnyChannel;
  readonly home: InSpace | InConversation;
  readonly can: Can;
  /** Whether the viewer is under timeout in the space of the channel. */
  readonly timed_out: boolean;
}

/** A place whose channel is in a space. */
export interface SpacePlace extends Place {
  readonly channel: ChannelAccess;
  readonly home: InSpace;
}

const canBy =
  (set: bigint): Can =>
  (permission) =>
    has(set, permission);

function memberOf(app: App, viewer: Viewer, space: SpaceAccess): MemberAccess | null {
  const account = accountOf(viewer);
  return account && memberAccess(app, space.id, account.id);
}

function inSpace(
  app: App,
  space: SpaceAccess,
  channel: ChannelAccess,
  viewer: Viewer,
  member: MemberAccess | null,
): SpacePlace {
  const home = { kind: 'space', space, member } as const;
  const as = (set: bigint, timed_out = false) => ({ channel, home, can: canBy(set), timed_out });
  if (viewer === null) return as(anonymousPermissions(space, channel));
  if (viewer === 'visitor') return as(visitorPermissions(space, channel));
  if (isGuest(viewer)) return as(guestPermissions(space, channel));
  const set = channelPermissions(space, channel, member, viewer);
  return isTimedOut(app, space, member, viewer) ? as(underTimeout(set), true) : as(set);
}

/** Returns the channel's home and the viewer's permissions; null if there is no such channel. */
export function placeOf(app: App, viewer: Viewer, channel_id: string): Place | null {
  const channel = channelOf(app, channel_id);
  if (channel === null) return null;
  if (channel.space_id === null) {
    const account = accountOf(viewer);
    const set = account === null ? 0n : conversationPermissions(channel, account);
    const home = { kind: 'conversation', conversation: channel } as const;
    return { channel, home, can: canBy(set), timed_out: false };
  }
  const space = spaceAccess(app, channel.space_id);
  return space && inSpace(app, space, channel, viewer, memberOf(app, viewer, space));
}

/** Tells whether the viewer is a member of the space, or one of the conversation's people. */
export function belongs({ home, can }: Place): boolean {
  return home.kind === 'space' ? home.member !== null : can('view_channel');
}

/** Returns the channels of a space that the viewer may view, by position. */
export function viewablePlaces(app: App, viewer: Viewer, space: SpaceAccess): SpacePlace[] {
  const member = memberOf(app, viewer, space);
  const places = Array.from(space.channels.values(), (channel) =>
    inSpace(app, space, channel, viewer, member),
  );
  return places.filter(({ can }) => can('view_channel'));
}

/** Returns the viewer to read a space as: a visitor for accounts that have not joined it. */
export function readingAs(app: App, viewer: Viewer, space: SpaceAccess): Viewer {
  const account = accountOf(viewer);
  if (account === null || account.is_admin || account.id === space.owner_id) return viewer;
  return memberAccess(app, space.id, account.id) === null ? 'visitor' : viewer;
}

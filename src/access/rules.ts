// Access rules: each says who may, which ids it reads, and what it grants to the handler.
import type { App } from '../app.ts';
import { ApiError, noSuch } from '../errors.ts';
import {
  has,
  spacePermissions,
  type ChannelAccess,
  type MemberAccess,
  type SpaceAccess,
} from './evaluate.ts';
import type { Guest } from './guests.ts';
import { memberAccess, spaceAccess } from './load.ts';
import { namesOf, type Permission } from './permissions.ts';
import {
  belongs,
  isGuest,
  placeOf,
  type Can,
  type Caller,
  type Place,
  type Viewer,
} from './place.ts';
import type { Actor } from './tokens.ts';

export interface Asked<Needs extends string = string, Given = string> {
  readonly app: App;
  /** Who asks, by the token of the request or of the session. */
  readonly viewer: Caller;
  readonly params: Readonly<Record<Needs, Given>>;
}

/** Who may call or send something. The handler gets its actor, space and channel from here and nowhere else. */
export interface Rule<Needs extends string, Grants, Given = string> {
  /** The path parameters, or fields of a command's data, that it reads. */
  readonly needs: readonly Needs[];
  /** In words, for the documents and the authorization matrix. */
  readonly says: string;
  /** Whether a valid token is compulsory: without one the answer is 401 before anything is read. */
  readonly token: boolean;
  /** Whether the token of a guest does. Without this, and where one is compulsory, guests get 403. */
  readonly guests?: boolean;
  /** Throws when access is refused. */
  grant(asked: Asked<Needs, Given>): Grants;
}

/** Makes a rule. */
export function rule<const Needs extends string, Grants>(
  needs: readonly Needs[],
  says: string,
  token: boolean,
  grant: (asked: Asked<Needs>) => Grants,
): Rule<Needs, Grants> {
  return { needs, says, token, grant };
}

/** What a guest hears where only accounts may. */
export const onlyAccounts = () =>
  new ApiError('forbidden', 'This is for accounts; guests read what is open to them.');

/** Refuses who has no account. */
export function signedIn(viewer: Caller): Actor {
  if (viewer === null) {
    throw new ApiError('unauthorized', 'This needs a valid token in the Authorization header.');
  }
  if (isGuest(viewer)) throw onlyAccounts();
  return viewer;
}

/** Refuses whom the rule refuses whatever it is asked about. */
export function refuseOutsiders({ token, guests }: Rule<string, object>, viewer: Caller): void {
  if (token && !(guests === true && isGuest(viewer))) signedIn(viewer);
}

/** Anyone, without a token. */
export const anyone = rule([], 'anyone', false, () => ({}));

/** LiveKit, which signs what it sends; the handler checks that before anything else. */
export const signedByLiveKit = rule([], 'LiveKit, by signature', false, () => ({}));

/** What a rule grants that asks for an account. */
export interface AccountGrant {
  readonly actor: Actor;
}

/** Any account, person or bot. */
export const account = rule([], 'any account', true, ({ viewer }): AccountGrant => ({
  actor: signedIn(viewer),
}));

/** Any account, or a guest. */
export const accountOrGuest: Rule<never, { viewer: Actor | Guest }> = {
  ...rule([], 'any account, or a guest', true, ({ viewer }) => ({
    viewer: isGuest(viewer) ? viewer : signedIn(viewer),
  })),
  guests: true,
};

/** Someone who administers the whole server. */
export const instanceAdmin = rule([], 'instance admin', true, ({ viewer }) => {
  const known = signedIn(viewer);
  if (!known.is_admin) throw new ApiError('forbidden', 'Only instance admins may do this.');
  return { actor: known };
});

/** The space, or 404. */
export function knownSpace(app: App, id: string): SpaceAccess {
  const space = spaceAccess(app, id);
  if (space === null) throw noSuch('space');
  return space;
}

/** The refusal of who lacks a permission. */
export function missing(permission: Permission): ApiError {
  return new ApiError('forbidden', `missing permission: ${permission}`);
}

/** The refusal of who has not joined. */
export const onlyMembers = () =>
  new ApiError('forbidden', 'Only members of this space may do this.');

/** What a rule grants that asks about a space. */
export interface SpaceGrant extends AccountGrant {
  readonly space: SpaceAccess;
  /** Null for an instance admin who has not joined. */
  readonly member: MemberAccess | null;
  readonly can: Can;
}

function inSpace({ app, viewer, params }: Asked<'space_id'>): SpaceGrant {
  const actor = signedIn(viewer);
  const space = knownSpace(app, params.space_id);
  const member = memberAccess(app, space.id, actor.id);
  const set = spacePermissions(space, member, actor);
  return { actor, space, member, can: (permission) => has(set, permission) };
}

/** A member of the space who may view channels; instance admins read along. */
export const spaceMember = rule(['space_id'], 'space: member', true, (asked) => {
  const granted = inSpace(asked);
  if (!granted.can('view_channel')) throw onlyMembers();
  return granted;
});

/** Whoever has a membership, whatever it permits. */
export const spaceMembership = rule(['space_id'], 'space: membership', true, (asked) => {
  const granted = inSpace(asked);
  if (granted.member === null) throw onlyMembers();
  return { ...granted, member: granted.member };
});

/** The same, and instance admins; for what asks for a permission by what the request holds. */
export const spaceMembershipOrAdmin = rule(
  ['space_id'],
  'space: membership or instance admin',
  true,
  (asked) => {
    const granted = inSpace(asked);
    if (granted.member === null && !granted.actor.is_admin) throw onlyMembers();
    return granted;
  },
);

/** Whom a permission does not help. */
interface Exception {
  timeout?: 'refused';
}

const unless = ({ timeout }: Exception) => (timeout ? ', not under timeout' : '');

/** Whoever holds the permission in the space. */
export function space(permission: Permission, but: Exception = {}) {
  return rule(['space_id'], `space: ${permission}${unless(but)}`, true, (asked) => {
    const granted = inSpace(asked);
    if (!granted.can(permission)) throw missing(permission);
    if (but.timeout) refuseTimedOut(asked.app, granted.member);
    return granted;
  });
}

/** The owner of the space, and instance admins. */
export const spaceOwner = rule(['space_id'], 'space: owner or instance admin', true, (asked) => {
  const granted = inSpace(asked);
  if (granted.actor.id !== granted.space.owner_id && !granted.actor.is_admin) {
    throw new ApiError('forbidden', 'Only the owner of the space may do this.');
  }
  return granted;
});

/** What a rule grants that asks about a channel, in a space or a conversation. */
export interface ChannelGrant extends AccountGrant, Place {}

/** What a rule grants that asks about a channel of a space. */
export interface SpaceChannelGrant extends SpaceGrant {
  readonly channel: ChannelAccess;
}

/** The channel as the viewer finds it, or 404. */
export function knownPlace(app: App, viewer: Viewer, channel_id: string): Place {
  const place = placeOf(app, viewer, channel_id);
  if (place === null) throw noSuch('channel');
  return place;
}

function inChannel({ app, viewer, params }: Asked<'channel_id'>): ChannelGrant {
  const actor = signedIn(viewer);
  return { actor, ...knownPlace(app, actor, params.channel_id) };
}

/** Refuses members under timeout; instance admins included. */
export function refuseTimedOut(app: App, member: MemberAccess | null): void {
  if (member?.timed_out_until && member.timed_out_until > app.clock.now()) {
    throw new ApiError('forbidden', 'You are under timeout in this space.');
  }
}

function holding(
  asked: Asked<'channel_id'>,
  permission: Permission,
  { timeout }: Exception,
): ChannelGrant {
  const granted = inChannel(asked);
  for (const needed of ['view_channel', permission] as const) {
    if (!granted.can(needed)) throw missing(needed);
  }
  const { home } = granted;
  if (timeout && home.kind === 'space') refuseTimedOut(asked.app, home.member);
  return granted;
}

/** Whoever views the channel and holds the permission there. */
export function channel(permission: Permission, but: Exception = {}) {
  return rule(['channel_id'], `channel: ${permission}${unless(but)}`, true, (asked) =>
    holding(asked, permission, but),
  );
}

/** The same for those alone who belong there, not for instance admins who have not joined. */
export function channelMember(permission: Permission) {
  return rule(['channel_id'], `channel: ${permission}, members alone`, true, (asked) => {
    const granted = holding(asked, permission, {});
    if (!belongs(granted)) throw onlyMembers();
    return granted;
  });
}

/** Whoever holds the permission in a channel of a space: elsewhere there is no such thing. */
export function spaceChannel(permission: Permission, but: Exception = {}) {
  return rule(
    ['channel_id'],
    `channel of a space: ${permission}${unless(but)}`,
    true,
    (asked): SpaceChannelGrant => {
      const { actor, channel: found, home, can } = holding(asked, permission, but);
      if (home.kind !== 'space' || found.space_id === null) throw noSuch('channel');
      return { actor, channel: found, space: home.space, member: home.member, can };
    },
  );
}

/** Any account: whoever acts on a message of the channel is judged with it, once it is known to be there. */
export const channelOfMessage = rule(
  ['channel_id'],
  'channel: view_channel, after whether there is such a message',
  true,
  inChannel,
);

/** Whoever belongs where the channel stands, whatever that permits; instance admins, too. */
export const channelMembership = rule(['channel_id'], 'channel: membership', true, (asked) => {
  const granted = inChannel(asked);
  const oversees = granted.home.kind === 'space' && granted.actor.is_admin;
  if (!belongs(granted) && !oversees) throw onlyMembers();
  return granted;
});

/** Refuses permissions that the actor does not hold. */
export function refuseUnheld(can: Can, wanted: bigint): void {
  const unheld = namesOf(wanted).filter((name) => !can(name));
  if (unheld.length > 0) {
    throw new ApiError('forbidden', `You do not hold ${unheld.join(', ')} yourself.`);
  }
}

/** The rule of the channel that is named; whoever names none needs an account alone. */
export function ifNamed<Grants extends object>(
  inner: Rule<'channel_id', Grants>,
): Rule<'channel_id', AccountGrant & { named: Grants | null }, string | null | undefined> {
  return {
    ...inner,
    says: `${inner.says}; any account where none is named`,
    grant: ({ app, viewer, params: { channel_id } }) => ({
      actor: signedIn(viewer),
      named: channel_id == null ? null : inner.grant({ app, viewer, params: { channel_id } }),
    }),
  };
}

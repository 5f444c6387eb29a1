// Access rules: each says who may do something, which ids it reads and what the handler gets.
import type { App } from '../app.ts';
import { ApiError, cannotTalk, noSuch } from '../errors.ts';
import {
  has,
  spacePermissions,
  underTimeout,
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
import { isTimedOut, timedOut } from './timeouts.ts';
import type { Actor } from './tokens.ts';

export interface Asked<Needs extends string = string, Given = string> {
  readonly app: App;
  /** The sender, as the token of the request or session says. */
  readonly viewer: Caller;
  readonly params: Readonly<Record<Needs, Given>>;
}

/** An access rule. Handlers get their actor, space and channel from its grant and nowhere else. */
export interface Rule<Needs extends string, Grants, Given = string> {
  /** The path parameters, or fields of a command's data, that the rule reads. */
  readonly needs: readonly Needs[];
  /** The rule in words, for the API documents and the authorization matrix. */
  readonly says: string;
  /** Whether a valid token is required; without one, 401 comes before anything is read. */
  readonly token: boolean;
  /** Whether a guest's token is enough; if it is not and a token is required, guests get 403. */
  readonly guests?: boolean;
  /** Returns what the handler gets; throws an ApiError if access is refused. */
  grant(asked: Asked<Needs, Given>): Grants;
}

export function rule<const Needs extends string, Grants>(
  needs: readonly Needs[],
  says: string,
  token: boolean,
  grant: (asked: Asked<Needs>) => Grants,
): Rule<Needs, Grants> {
  return { needs, says, token, grant };
}

/** Returns the error for guests where an account is required. */
export const onlyAccounts = () =>
  new ApiError('forbidden', 'This is for accounts; guests read what is open to them.');

/** Returns the viewer's account; throws 401 without a token, 403 for guests. */
export function signedIn(viewer: Caller): Actor {
  if (viewer === null) {
    throw new ApiError('unauthorized', 'This needs a valid token in the Authorization header.');
  }
  if (isGuest(viewer)) throw onlyAccounts();
  return viewer;
}

/** Refuses viewers whom the rule refuses whatever the ids are: those without the needed token. */
export function refuseOutsiders({ token, guests }: Rule<string, object>, viewer: Caller): void {
  if (token && !(guests === true && isGuest(viewer))) signedIn(viewer);
}

/** Anyone, without a token. */
export const anyone = rule([], 'anyone', false, () => ({}));

/** LiveKit, which signs its requests; the handler checks the signature first. */
export const signedByLiveKit = rule([], 'LiveKit, by signature', false, () => ({}));

/** The grant of a rule that requires an account. */
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

/** Accounts that administer the whole server. */
export const instanceAdmin = rule([], 'instance admin', true, ({ viewer }) => {
  const known = signedIn(viewer);
  if (!known.is_admin) throw new ApiError('forbidden', 'Only instance admins may do this.');
  return { actor: known };
});

/** Returns the space; throws 404 if there is none. */
export function knownSpace(app: App, id: string): SpaceAccess {
  const space = spaceAccess(app, id);
  if (space === null) throw noSuch('space');
  return space;
}

/** Returns the error for a missing permission. */
export function missing(permission: Permission): ApiError {
  return new ApiError('forbidden', `missing permission: ${permission}`);
}

/** Returns the error for accounts that have not joined the space. */
export const onlyMembers = () =>
  new ApiError('forbidden', 'Only members of this space may do this.');

/** The grant of a rule about a space. */
export interface SpaceGrant extends AccountGrant {
  readonly space: SpaceAccess;
  /** Null if the actor has not joined. */
  readonly member: MemberAccess | null;
  readonly can: Can;
  readonly timed_out: boolean;
}

/** Returns the error for a permission that the actor lacks, for good or while a timeout lasts. */
export function lacking(by: { readonly timed_out: boolean }, permission: Permission): ApiError {
  return by.timed_out ? timedOut() : missing(permission);
}

function inSpace({ app, viewer, params }: Asked<'space_id'>): SpaceGrant {
  const actor = signedIn(viewer);
  const space = knownSpace(app, params.space_id);
  const member = memberAccess(app, space.id, actor.id);
  const held = spacePermissions(space, member, actor);
  const timed_out = isTimedOut(app, space, member, actor);
  const set = timed_out ? underTimeout(held) : held;
  return { actor, space, member, can: (permission) => has(set, permission), timed_out };
}

/** Members of the space with `view_channel`, and instance admins. */
export const spaceMember = rule(['space_id'], 'space: member', true, (asked) => {
  const granted = inSpace(asked);
  if (!granted.can('view_channel')) throw onlyMembers();
  return granted;
});

/** Members of the space, whatever their permissions. */
export const spaceMembership = rule(['space_id'], 'space: membership', true, (asked) => {
  const granted = inSpace(asked);
  if (granted.member === null) throw onlyMembers();
  return { ...granted, member: granted.member };
});

/** Members and instance admins; for endpoints whose body decides which permission is needed. */
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

/** Makes the rule for accounts with the permission in the space. */
export function space(permission: Permission) {
  return rule(['space_id'], `space: ${permission}`, true, (asked) => {
    const granted = inSpace(asked);
    if (!granted.can(permission)) throw lacking(granted, permission);
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

/** The grant of a rule about a channel, in a space or a conversation. */
export interface ChannelGrant extends AccountGrant, Place {}

/** The grant of a rule about a channel of a space. */
export interface SpaceChannelGrant extends SpaceGrant {
  readonly channel: ChannelAccess;
}

/** Returns the channel's place for this viewer; throws 404 if there is no such channel. */
export function knownPlace(app: App, viewer: Viewer, channel_id: string): Place {
  const place = placeOf(app, viewer, channel_id);
  if (place === null) throw noSuch('channel');
  return place;
}

/** Grants the channel, whatever the permissions are; throws 404 if there is none. */
export function inChannel({ app, viewer, params }: Asked<'channel_id'>): ChannelGrant {
  const actor = signedIn(viewer);
  return { actor, ...knownPlace(app, actor, params.channel_id) };
}

/** Grants the channel to accounts with `view_channel` and the permission; else throws 403. */
export function holding(asked: Asked<'channel_id'>, permission: Permission): ChannelGrant {
  const granted = inChannel(asked);
  for (const needed of ['view_channel', permission] as const) {
    if (!granted.can(needed)) {
      throw isOnlyBlocked(granted) ? cannotTalk() : lacking(granted, needed);
    }
  }
  return granted;
}

const isOnlyBlocked = ({ channel, can }: ChannelGrant) =>
  channel.space_id === null && channel.blocked && can('view_channel');

/** Makes the rule for accounts with `view_channel` and the permission in the channel. */
export function channel(permission: Permission) {
  return rule(['channel_id'], `channel: ${permission}`, true, (asked) =>
    holding(asked, permission),
  );
}

/** Accounts with `view_channel` in the channel, for what they do there to something that is there already. */
export const ownInChannel = rule(
  ['channel_id'],
  'channel: view_channel, not under timeout',
  true,
  (asked) => refuseTimedOut(holding(asked, 'view_channel')),
);

function refuseTimedOut(granted: ChannelGrant): ChannelGrant {
  if (granted.timed_out) throw timedOut();
  return granted;
}

/** Makes the same rule for members only: instance admins who have not joined are refused. */
export function channelMember(permission: Permission) {
  return rule(['channel_id'], `channel: ${permission}, members alone`, true, (asked) => {
    const granted = holding(asked, permission);
    if (!belongs(granted)) throw onlyMembers();
    return granted;
  });
}

/** Makes the same rule for channels of spaces only; 404 for conversations. */
export function spaceChannel(permission: Permission) {
  return rule(
    ['channel_id'],
    `channel of a space: ${permission}`,
    true,
    (asked): SpaceChannelGrant => {
      const granted = holding(asked, 'view_channel');
      const { actor, channel: found, home, can, timed_out } = granted;
      if (home.kind !== 'space' || found.space_id === null) throw noSuch('channel');
      if (!can(permission)) throw lacking(granted, permission);
      return { actor, channel: found, space: home.space, member: home.member, can, timed_out };
    },
  );
}

/** Members of the space or people of the conversation; for spaces, instance admins too. */
export const channelMembership = rule(['channel_id'], 'channel: membership', true, (asked) => {
  const granted = inChannel(asked);
  const oversees = granted.home.kind === 'space' && granted.actor.is_admin;
  if (!belongs(granted) && !oversees) throw onlyMembers();
  return granted;
});

/** Throws 403 if the actor lacks some of the wanted permissions. */
export function refuseUnheld(can: Can, wanted: bigint): void {
  const unheld = namesOf(wanted).filter((name) => !can(name));
  if (unheld.length > 0) {
    throw new ApiError('forbidden', `You do not hold ${unheld.join(', ')} yourself.`);
  }
}

/** Makes a rule that applies `inner` if a channel is named; without one, any account may. */
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

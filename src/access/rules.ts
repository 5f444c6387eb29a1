// Access rules: each says who may, which path parameters it reads, and what it grants to the handler.
import type { App } from '../app.ts';
import { ApiError } from '../errors.ts';
import {
  channelPermissions,
  has,
  spacePermissions,
  type ChannelAccess,
  type MemberAccess,
  type SpaceAccess,
} from './evaluate.ts';
import type { Guest } from './guests.ts';
import { homeOf, memberAccess, spaceAccess } from './load.ts';
import { namesOf, type Permission } from './permissions.ts';
import type { Actor } from './tokens.ts';

export type Can = (permission: Permission) => boolean;

export interface Asked<Needs extends string = string> {
  readonly app: App;
  /** Who asks; null without a valid token of an account. */
  readonly actor: Actor | null;
  /** Who asks with the token of a guest. */
  readonly guest: Guest | null;
  readonly params: Readonly<Record<Needs, string>>;
}

/** Who may call an endpoint. The handler gets its actor, space and channel from here and nowhere else. */
export interface Rule<Needs extends string, Grants> {
  /** The path parameters that it reads. */
  readonly needs: readonly Needs[];
  /** In words, for the documents and the authorization matrix. */
  readonly says: string;
  /** Whether a valid token is compulsory: without one the answer is 401 before anything is read. */
  readonly token: boolean;
  /** Whether the token of a guest does. Without this, and where one is compulsory, guests get 403. */
  readonly guests?: boolean;
  /** Throws when access is refused. */
  grant(asked: Asked<Needs>): Grants;
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

/** Refuses guests where only accounts may; everybody else is for the rule to judge. */
export function refuseGuest({ token, guests }: Rule<string, object>, guest: Guest | null): void {
  if (guest !== null && token && guests !== true) throw onlyAccounts();
}

/** Refuses who has no valid token. */
export function signedIn(actor: Actor | null): Actor {
  if (actor === null) {
    throw new ApiError('unauthorized', 'This needs a valid token in the Authorization header.');
  }
  return actor;
}

/** Anyone, without a token. */
export const anyone = rule([], 'anyone', false, () => ({}));

/** LiveKit, which signs what it sends; the handler checks that before anything else. */
export const signedByLiveKit = rule([], 'LiveKit, by signature', false, () => ({}));

/** Any account, person or bot. */
export const account = rule([], 'any account', true, ({ actor }) => ({ actor: signedIn(actor) }));

type AccountOrGuest = { actor: Actor; guest: null } | { actor: null; guest: Guest };

/** Any account, or a guest. */
export const accountOrGuest: Rule<never, AccountOrGuest> = {
  ...rule([], 'any account, or a guest', true, ({ actor, guest }): AccountOrGuest =>
    guest === null ? { actor: signedIn(actor), guest } : { actor: null, guest },
  ),
  guests: true,
};

/** Someone who administers the whole server. */
export const instanceAdmin = rule([], 'instance admin', true, ({ actor }) => {
  const known = signedIn(actor);
  if (!known.is_admin) throw new ApiError('forbidden', 'Only instance admins may do this.');
  return { actor: known };
});

/** The space, or 404. */
export function knownSpace(app: App, id: string): SpaceAccess {
  const space = spaceAccess(app, id);
  if (space === null) throw new ApiError('not_found', 'There is no such space (unknown_space).');
  return space;
}

/** The refusal of who lacks a permission. */
export function missing(permission: Permission): ApiError {
  return new ApiError('forbidden', `missing permission: ${permission}`);
}

interface SpaceGrant {
  actor: Actor;
  space: SpaceAccess;
  /** Null for an instance admin who has not joined. */
  member: MemberAccess | null;
  can: Can;
}

function inSpace({ app, actor, params }: Asked<'space_id'>): SpaceGrant {
  const known = signedIn(actor);
  const space = knownSpace(app, params.space_id);
  const member = memberAccess(app, space.id, known.id);
  const set = spacePermissions(space, member, known);
  return { actor: known, space, member, can: (permission) => has(set, permission) };
}

/** A member of the space who may view channels; instance admins read along. */
export const spaceMember = rule(['space_id'], 'space: member', true, (asked) => {
  const granted = inSpace(asked);
  if (!granted.can('view_channel')) {
    throw new ApiError('forbidden', 'Only members of this space may do this.');
  }
  return granted;
});

/** Whoever has a membership, whatever it permits. */
export const spaceMembership = rule(['space_id'], 'space: membership', true, (asked) => {
  const granted = inSpace(asked);
  if (granted.member === null) {
    throw new ApiError('forbidden', 'Only members of this space may do this.');
  }
  return { ...granted, member: granted.member };
});

/** The same, and instance admins; for what asks for a permission by what the request holds. */
export const spaceMembershipOrAdmin = rule(
  ['space_id'],
  'space: membership or instance admin',
  true,
  (asked) => {
    const granted = inSpace(asked);
    if (granted.member === null && !granted.actor.is_admin) {
      throw new ApiError('forbidden', 'Only members of this space may do this.');
    }
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

interface ChannelGrant {
  actor: Actor;
  channel: ChannelAccess;
  space: SpaceAccess;
  member: MemberAccess | null;
  can: Can;
}

/** The channel and its space, or 404. */
export function knownChannel(app: App, id: string): { channel: ChannelAccess; space: SpaceAccess } {
  const home = homeOf(app, id);
  const found = home === null ? null : spaceAccess(app, home);
  const channel = found?.channels.get(id);
  if (!found || !channel) {
    throw new ApiError('not_found', 'There is no such channel (unknown_channel).');
  }
  return { channel, space: found };
}

function inChannel({ app, actor, params }: Asked<'channel_id'>): ChannelGrant {
  const known = signedIn(actor);
  const { channel, space: home } = knownChannel(app, params.channel_id);
  const member = memberAccess(app, home.id, known.id);
  const set = channelPermissions(home, channel, member, known);
  return {
    actor: known,
    channel,
    space: home,
    member,
    can: (permission) => has(set, permission),
  };
}

/** Refuses members under timeout; instance admins included. */
export function refuseTimedOut(app: App, member: MemberAccess | null): void {
  if (member?.timed_out_until && member.timed_out_until > app.clock.now()) {
    throw new ApiError('forbidden', 'You are under timeout in this space.');
  }
}

/** Whoever views the channel and holds the permission there. */
export function channel(permission: Permission, but: Exception = {}) {
  return rule(['channel_id'], `channel: ${permission}${unless(but)}`, true, (asked) => {
    const granted = inChannel(asked);
    if (!granted.can('view_channel')) throw missing('view_channel');
    if (!granted.can(permission)) throw missing(permission);
    if (but.timeout) refuseTimedOut(asked.app, granted.member);
    return granted;
  });
}

/** Any account: whoever acts on a message of the channel is judged with it, once it is known to be there. */
export const channelOfMessage = rule(
  ['channel_id'],
  'channel: view_channel, after whether there is such a message',
  true,
  inChannel,
);

/** Whoever belongs to the channel's space, whatever that permits; instance admins, too. */
export const channelMembership = rule(['channel_id'], 'channel: membership', true, (asked) => {
  const granted = inChannel(asked);
  if (granted.member === null && !granted.actor.is_admin) {
    throw new ApiError('forbidden', 'Only members of this space may do this.');
  }
  return granted;
});

/** Refuses permissions that the actor does not hold. */
export function refuseUnheld(can: Can, wanted: bigint): void {
  const unheld = namesOf(wanted).filter((name) => !can(name));
  if (unheld.length > 0) {
    throw new ApiError('forbidden', `You do not hold ${unheld.join(', ')} yourself.`);
  }
}

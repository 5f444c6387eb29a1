// Guests: people without an account whose token lets them read the open channels of one space.
import { eq, sql } from 'drizzle-orm';
import type { App } from '../app.ts';
import { prepared } from '../db/open.ts';
import { guest_tokens } from '../db/schema/people.ts';
import { scope } from '../events/audience.ts';
import type { Listener } from '../events/hub.ts';
import { intentMask } from '../events/intents.ts';
import { anonymousPermissions, has, type ChannelAccess, type SpaceAccess } from './evaluate.ts';
import { spaceAccess } from './load.ts';
import { hashToken, resolveAgain, type Actor } from './tokens.ts';

/** The bearer of a valid guest token. */
export interface Guest {
  readonly id: string;
  /** The only space that the token opens. */
  readonly space_id: string;
  readonly token_hash: string;
  /** Unix milliseconds. */
  readonly created_at: number;
  /** Unix milliseconds. */
  readonly expires_at: number;
}

/** Tells whether the space lets people without an account in. */
export function takesGuests(space: Pick<SpaceAccess, 'public' | 'allow_guest_access'>): boolean {
  return space.public && space.allow_guest_access;
}

/** Returns the permissions of guests: reading, where the channel is open to them and @everyone. */
export function guestPermissions(space: SpaceAccess, channel: ChannelAccess): bigint {
  if (!takesGuests(space) || !channel.allow_anonymous_read) return 0n;
  return anonymousPermissions(space, channel);
}

/** Returns the scopes that guests of the space hear. */
export function scopesOfGuest(space: SpaceAccess): string[] {
  if (!takesGuests(space)) return [];
  const scopes = new Set([scope.space(space.id), scope.guests(space.id)]);
  for (const channel of space.channels.values()) {
    if (has(guestPermissions(space, channel), 'view_channel')) {
      scopes.add(scope.class(channel.class_id));
    }
  }
  return [...scopes];
}

/** The intents that guests may ask for; presence and voice are not among them. */
export const guestIntents = intentMask([
  'spaces',
  'messages',
  'message_content',
  'message_reactions',
  'message_typing',
  'members',
]);

const tokenRow = prepared((orm) =>
  orm
    .select()
    .from(guest_tokens)
    .where(eq(guest_tokens.hash, sql.placeholder('hash')))
    .prepare(),
);

/** Returns the guest for an `Authorization` value; null if invalid or the space takes no guests. */
export function resolveGuest(app: App, authorization: string | null): Guest | null {
  const token = /^Bearer ([0-9a-f]{64})$/.exec(authorization ?? '')?.[1];
  return token === undefined ? null : guestBehind(app, hashToken(token));
}

function guestBehind(app: App, token_hash: string): Guest | null {
  const row = tokenRow(app.db).get({ hash: token_hash });
  if (row === undefined || row.expires_at <= app.clock.now()) return null;
  const { space_id, created_at, expires_at } = row;
  const space = spaceAccess(app, space_id);
  if (space === null || !takesGuests(space)) return null;
  return { id: guestId(token_hash), space_id, token_hash, created_at, expires_at };
}

/** Returns the account or guest of a session, read again; null if its token is no longer valid. */
export function callerOf(app: App, session: Listener): Actor | Guest | null {
  if (session.guest_of === null) return resolveAgain(app, session);
  return guestBehind(app, session.token_hash);
}

/** Returns the id of a guest: `guest:` and the first 16 hex digits of the token's hash. */
function guestId(token_hash: string): string {
  return `guest:${token_hash.slice(0, 16)}`;
}

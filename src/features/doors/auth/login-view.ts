// Turns rows of logins into their wire shapes.
import { tokenUses } from '../../../access/token-uses.ts';
import type { Actor } from '../../../access/tokens.ts';
import type { App } from '../../../app.ts';
import { scope } from '../../../events/audience.ts';
import { addressPrefix } from '../../../lib/address.ts';
import { time } from '../../shapes.ts';
import type { AnyLogin, NewLogin, OwnLogin } from './schema.ts';
import { livingLogins, newLogin, type KeptLogin } from './logins.ts';

/** Returns the public id of a login: it tells nothing about the hash of its token. */
export function loginId(token_hash: string): string {
  const text = `accord login ${token_hash}`;
  return new Bun.CryptoHasher('sha256').update(text).digest('hex').slice(0, 32);
}

/** When the login was used last, in Unix milliseconds: its row is up to an hour behind. */
function lastUse(app: App, { token_hash, last_used_at }: KeptLogin): number {
  return Math.max(last_used_at, app.state(tokenUses).lastOf(token_hash) ?? 0);
}

/** Returns the logins of the account whose tokens are valid, those used last first. */
export function ownLogins(app: App, actor: Actor): OwnLogin[] {
  const sessions = app.hub.of(scope.user(actor.id));
  const connected = new Set(Array.from(sessions, ({ token_hash }) => token_hash));
  return livingLogins(app.db, actor.id, app.clock.now())
    .map((login) => ({ login, used_at: lastUse(app, login) }))
    .toSorted((a, b) => b.used_at - a.used_at || b.login.created_at - a.login.created_at)
    .map(({ login: { token_hash, device, address, created_at, expires_at }, used_at }) => ({
      id: loginId(token_hash),
      current: token_hash === actor.token_hash,
      device,
      address: addressPrefix(address),
      created_at: time(created_at),
      last_used_at: time(used_at),
      expires_at: time(expires_at),
      connected: connected.has(token_hash),
    }));
}

/** Returns the new login that a session is to hear of in READY; undefined if there is none. */
export function newLoginFor(
  app: App,
  { user_id, token_hash }: { user_id: string; token_hash: string },
): NewLogin | undefined {
  const found = newLogin(app.db, user_id, token_hash);
  if (found === undefined) return undefined;
  const { device, address, at } = found;
  return { device, address: addressPrefix(address), at: time(at) };
}

/** Returns a login as instance admins see it. */
export function anyLogin(app: App, login: KeptLogin): AnyLogin {
  const { token_hash, address, device, created_at } = login;
  return {
    id: loginId(token_hash),
    address,
    device,
    created_at: time(created_at),
    last_used_at: time(lastUse(app, login)),
  };
}

// Has accounts prove by their password that it is they who ask, whoever holds their token.
import type { Caller } from '../../../access/place.ts';
import { signedIn } from '../../../access/rules.ts';
import type { App, Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { matchPassword } from '../../../lib/password.ts';
import { knownUser } from '../../people/users/actions.ts';
import { findUser } from '../../people/users/queries.ts';
import { compareCounted } from './limits.ts';
import type { RefusedAttempt } from './refusals.ts';

/** A password that was proved: the hash that it was compared with. */
export interface Proof {
  readonly hash: string;
}

/** Not 401, which tells clients that their token has ended. */
const wrongPassword = () => new ApiError('forbidden', 'The password is wrong.');

/**
 * Compares the password of the caller's account; throws 403 if it is wrong. With a stolen token one may
 * guess no more often than at a login.
 */
export async function provePassword(
  app: App,
  viewer: Caller,
  { what, password, address }: Pick<RefusedAttempt, 'what' | 'address'> & { password: string },
): Promise<Proof> {
  const row = findUser(app.db, signedIn(viewer).id);
  const hash = row?.password_hash ?? null;
  if (row === undefined || hash === null) {
    throw new ApiError('invalid_request', 'This account has no password.');
  }
  const { username, id: user_id } = row;
  const match = await compareCounted(
    app,
    { what, kind: 'password', username, address, user_id },
    () => matchPassword(hash, password),
  );
  if (match === null) throw wrongPassword();
  return { hash };
}

/** In the turn: throws 403 if the password was changed since it was compared. */
export function refuseOutdated(turn: Turn, user_id: string, { hash }: Proof): void {
  if (knownUser(turn, user_id).password_hash !== hash) throw wrongPassword();
}

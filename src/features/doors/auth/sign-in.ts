// Signs an account in: the one way to a token for whoever has proved that it is theirs.
import type { Turn } from '../../../app.ts';
import type { RequestFacts } from '../../../http/endpoint.ts';
import { hashToken } from '../../../access/tokens.ts';
import { addressPrefix } from '../../../lib/address.ts';
import type { UserRow } from '../../people/users/queries.ts';
import { ownUser } from '../../people/users/view.ts';
import { issueToken } from './actions.ts';
import { isKnownAddress, rememberAddress } from './addresses.ts';
import { deviceOf } from './devices.ts';
import { addressesSince, hasLoggedIn, insertLogin } from './logins.ts';
import type { Login } from './schema.ts';

/** Where a login comes from. */
export interface Origin {
  /** The client's IP address, whole. */
  readonly address: string;
  /** What the client calls itself; "" if it does not say. */
  readonly device: string;
}

const month_ms = 30 * 24 * 3_600_000;

/** Returns where a request comes from. */
export function originOf(request: RequestFacts): Origin {
  return { address: request.address(), device: deviceOf(request) };
}

/** Gives the account a token and remembers where it signed in. Refusals come before. */
export function signIn(turn: Turn, row: UserRow, { address, device }: Origin): Login {
  const is_new = isNewPlace(turn, row.id, address);
  rememberAddress(turn, row.id, address);
  const token = issueToken(turn, row.id);
  insertLogin(turn.tx, {
    token_hash: hashToken(token),
    user_id: row.id,
    address,
    device,
    created_at: turn.now,
    last_used_at: turn.now,
    is_new,
  });
  const reset = row.force_password_reset ? { force_password_reset: true as const } : {};
  return { user: ownUser(row), token, ...reset };
}

/** Tells whether the account has logged in before, but not from about there in the last 30 days. */
function isNewPlace({ app, tx, now }: Turn, user_id: string, address: string): boolean {
  if (isKnownAddress(app, user_id, address) || !hasLoggedIn(tx, user_id)) return false;
  const place = addressPrefix(address);
  const known = addressesSince(tx, user_id, now - month_ms);
  return place !== '' && !known.some((one) => addressPrefix(one) === place);
}

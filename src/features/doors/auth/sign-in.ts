// Signs an account in: the one way to a token for whoever has proved that it is theirs.
import type { Turn } from '../../../app.ts';
import type { RequestFacts } from '../../../http/endpoint.ts';
import type { UserRow } from '../../people/users/queries.ts';
import { ownUser } from '../../people/users/view.ts';
import { issueToken } from './actions.ts';
import { rememberAddress } from './addresses.ts';
import type { Login } from './schema.ts';

/** Where a login comes from. */
export interface Origin {
  /** The client's IP address, whole. */
  readonly address: string;
}

/** Returns where a request comes from. */
export function originOf(request: RequestFacts): Origin {
  return { address: request.address() };
}

/** Gives the account a token and remembers where it signed in. Refusals come before. */
export function signIn(turn: Turn, row: UserRow, { address }: Origin): Login {
  rememberAddress(turn, row.id, address);
  const token = issueToken(turn, row.id);
  const reset = row.force_password_reset ? { force_password_reset: true as const } : {};
  return { user: ownUser(row), token, ...reset };
}

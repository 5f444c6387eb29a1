// The way in for who has proved to know a password or a recovery code: to a token, or to a code first.
import type { Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { knownUser } from '../../people/users/actions.ts';
import { findUser, type UserRow } from '../../people/users/queries.ts';
import { logRefusal } from '../auth/refusals.ts';
import type { Login } from '../auth/schema.ts';
import { signIn, type Origin } from '../auth/sign-in.ts';
import { usesCode } from './actions.ts';
import { checkCounted } from './limits.ts';
import type { LoginAnswer } from './schema.ts';
import { endTicket, findTicket, giveTicket } from './tickets.ts';

/**
 * Signs an account in, or returns a ticket where a code is asked for as well. Refusals, such as for
 * an account that is disabled, come before.
 */
export function enter(turn: Turn, { id }: Pick<UserRow, 'id'>, origin: Origin): LoginAnswer {
  // As this turn has left it: its password may be a new one.
  const row = knownUser(turn, id);
  if (!row.mfa_enabled) return signIn(turn, row, origin);
  const { password_hash } = row;
  const ticket = giveTicket(turn, { user_id: id, password_hash });
  return { mfa_required: true, ticket, methods: ['totp', 'backup'] };
}

const ended = () =>
  new ApiError('unauthorized', 'This login has ended; begin again with the password.');

/** Throws 403 if the account is disabled, and logs it. */
export function refuseDisabled(
  { app }: Turn,
  { id, disabled }: UserRow,
  { address }: Origin,
  what: 'login' | 'second factor' | 'recovery',
): void {
  if (!disabled) return;
  logRefusal(app, { what, address, reason: 'disabled', user_id: id });
  throw new ApiError('forbidden', 'This account is disabled.');
}

/**
 * Signs in who has a ticket and a code. Throws 401 if the ticket has ended or the code is wrong; a
 * wrong code ends no ticket. Throws 429 after five wrong ones.
 */
export function enterWithCode(
  turn: Turn,
  { ticket, code }: { ticket: string; code: string },
  origin: Origin,
): Login {
  const found = findTicket(turn, ticket);
  const row = found === null ? undefined : findUser(turn.tx, found.user_id);
  if (row === undefined || !row.mfa_enabled || row.password_hash !== found?.password_hash) {
    throw ended();
  }
  refuseDisabled(turn, row, origin, 'second factor');
  const { id: user_id } = row;
  const { address } = origin;
  if (!checkCounted(turn, { user_id, address }, () => usesCode(turn, user_id, code))) {
    const message = 'The code is wrong or was used before; wait for the next one.';
    throw new ApiError('unauthorized', message);
  }
  endTicket(turn, user_id);
  return signIn(turn, row, origin);
}

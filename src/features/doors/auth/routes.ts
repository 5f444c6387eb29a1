// The REST surface of logout and of passwords.
import type { Turn } from '../../../app.ts';
import { accountOf } from '../../../access/place.ts';
import { account, accountOrGuest, signedIn } from '../../../access/rules.ts';
import { revokeTokens } from '../../../access/tokens.ts';
import { ApiError } from '../../../errors.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { hashPassword, inOneForm } from '../../../lib/password.ts';
import { knownUser } from '../../people/users/actions.ts';
import { findUser } from '../../people/users/queries.ts';
import { Done } from '../../shapes.ts';
import { changePassword } from './actions.ts';
import { refuseWeak } from './new-password.ts';
import { provePassword, refuseOutdated } from './proof.ts';
import { PasswordChange } from './schema.ts';

export const logout = endpoint({
  method: 'POST',
  path: '/auth/logout',
  summary: 'End the token that this is called with, and its sessions',
  access: accountOrGuest,
  unsettled: true,
  returns: Done,
  run({ turn, viewer }) {
    const actor = accountOf(viewer);
    // A bot's token ends when it is reset, a guest's when it expires.
    if (actor !== null && !actor.bot) revokeTokens(turn, actor.id, [actor.token_hash]);
    return { ok: true as const };
  },
});

/** Throws 400 where the account has to set another password than the one that it has. */
function refuseGiven(turn: Turn, user_id: string): void {
  if (!knownUser(turn, user_id).force_password_reset) return;
  const reason = 'is the one that has to be changed';
  throw new ApiError('invalid_request', `The password ${reason}; choose another one.`, {
    details: { password: reason },
  });
}

export const changePasswordRoute = endpoint({
  method: 'POST',
  path: '/auth/change-password',
  summary: 'Set a new password; every other token of the account ends',
  access: account,
  unsettled: true,
  body: PasswordChange,
  returns: Done,
  async prepare({ app, viewer, body, request }) {
    const { old_password, current_password = old_password } = body;
    const given = old_password ?? current_password;
    if (given === undefined) throw new ApiError('wrong_shape', 'old_password is missing.');
    if (given !== current_password) {
      const message = 'current_password is the same as old_password: send one of them.';
      throw new ApiError('invalid_request', message);
    }
    const { hash } = await provePassword(app, viewer, {
      what: 'password change',
      password: given,
      address: request.address(),
    });
    const username = findUser(app.db, signedIn(viewer).id)?.username ?? '';
    await refuseWeak(app, body.new_password, { username });
    const isSame = inOneForm(body.new_password) === inOneForm(given);
    return { hash, isSame, after: await hashPassword(body.new_password) };
  },
  run({ turn, actor, prepared: { hash, isSame, after } }) {
    refuseOutdated(turn, actor.id, { hash });
    if (isSame) refuseGiven(turn, actor.id);
    changePassword(turn, actor, after);
    return { ok: true as const };
  },
});

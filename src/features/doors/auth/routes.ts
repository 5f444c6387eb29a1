// The REST surface of registration, login and logout.
import type { App } from '../../../app.ts';
import { accountOf } from '../../../access/place.ts';
import { account, accountOrGuest, anyone } from '../../../access/rules.ts';
import { revokeTokens } from '../../../access/tokens.ts';
import { ApiError } from '../../../errors.ts';
import { bodyError } from '../../../http/complaint.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { meantName } from '../../../lib/name-text.ts';
import { hashPassword, matchPassword } from '../../../lib/password.ts';
import { findUser, findUserByName } from '../../people/users/queries.ts';
import { ownUser } from '../../people/users/view.ts';
import { Done } from '../../shapes.ts';
import { rememberAddress } from './addresses.ts';
import {
  changePassword,
  endLogins,
  issueToken,
  refuseClosed,
  register,
  renewHash,
} from './actions.ts';
import { compareCounted, countRegistration } from './limits.ts';
import { provePassword, refuseOutdated } from './proof.ts';
import { logRefusal } from './refusals.ts';
import { Credentials, Login, Newcomer, PasswordChange, Registration } from './schema.ts';

export const registerRoute = endpoint({
  method: 'POST',
  path: '/auth/register',
  summary: 'Make an account',
  access: anyone,
  body: Registration,
  returns: Login,
  errors: ['rate_limited', 'forbidden', 'already_exists'],
  async prepare({ app, body, request }) {
    const hasFailed = countRegistration(app, request.address());
    try {
      return { ...(await newcomer(app, body)), hasFailed };
    } catch (error) {
      hasFailed();
      throw error;
    }
  },
  abandon: async (_app, { hasFailed }) => hasFailed(),
  run({ turn, request, prepared: { username, display_name, password_hash } }) {
    const row = register(turn, { username, display_name, password_hash: password_hash ?? '' });
    if (password_hash === null) {
      throw new ApiError('already_exists', 'That account exists already.');
    }
    rememberAddress(turn, row.id, request.address());
    return { user: ownUser(row), token: issueToken(turn, row.id) };
  },
});

/** Checks the wish, and hashes its password. */
async function newcomer(app: App, wish: unknown) {
  refuseClosed(app.db);
  const { success, data, error } = Newcomer.safeParse(wish);
  if (!success) throw bodyError(error, wish);
  const { username, display_name, password } = data;
  // Saves the hashing for a name that is taken; the turn decides.
  const isTaken = findUserByName(app.db, username) !== undefined;
  const password_hash = isTaken ? null : await hashPassword(password);
  return { username, display_name: display_name || null, password_hash };
}

const refused = () => new ApiError('unauthorized', 'User name or password is wrong.');

export const login = endpoint({
  method: 'POST',
  path: '/auth/login',
  summary: 'Get a token for a name and a password',
  access: anyone,
  body: Credentials,
  returns: Login,
  errors: ['unauthorized', 'forbidden', 'rate_limited'],
  async prepare({ app, body, request }) {
    const username = meantName(body.username);
    const known = findUserByName(app.db, username);
    const hash = known?.password_hash ?? null;
    const claim = { what: 'login', username, address: request.address() } as const;
    const match = await compareCounted(
      app,
      known === undefined ? claim : { ...claim, user_id: known.id },
      () => matchPassword(hash, body.password),
    );
    if (known === undefined || match === null) throw refused();
    const renewed = match === 'old' ? await hashPassword(body.password) : null;
    return { id: known.id, hash, renewed };
  },
  run({ turn, request, prepared: { id, hash, renewed } }) {
    const row = findUser(turn.tx, id);
    // The account is gone, or its password is not the one that was compared any more.
    if (row === undefined || row.password_hash !== hash) throw refused();
    if (row.disabled) {
      logRefusal(turn.app, {
        what: 'login',
        address: request.address(),
        reason: 'disabled',
        user_id: id,
      });
      throw new ApiError('forbidden', 'This account is disabled.');
    }
    if (renewed !== null) renewHash(turn, id, renewed);
    rememberAddress(turn, id, request.address());
    const token = issueToken(turn, row.id);
    const reset = row.force_password_reset ? { force_password_reset: true as const } : {};
    return { user: ownUser(row), token, ...reset };
  },
});

export const logout = endpoint({
  method: 'POST',
  path: '/auth/logout',
  summary: 'End the token that this is called with, and its sessions',
  access: accountOrGuest,
  returns: Done,
  run({ turn, viewer }) {
    const actor = accountOf(viewer);
    // A bot's token ends when it is reset, a guest's when it expires.
    if (actor !== null && !actor.bot) revokeTokens(turn, actor.id, [actor.token_hash]);
    return { ok: true as const };
  },
});

export const changePasswordRoute = endpoint({
  method: 'POST',
  path: '/auth/change-password',
  summary: 'Set a new password; every other token of the account ends',
  access: account,
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
    return { hash, after: await hashPassword(body.new_password) };
  },
  run({ turn, actor, prepared: { hash, after } }) {
    refuseOutdated(turn, actor.id, { hash });
    changePassword(turn, actor, after);
    return { ok: true as const };
  },
});

export const revokeLogins = endpoint({
  method: 'POST',
  path: '/auth/sessions/revoke-all',
  summary: 'End every token of the account, the one that this is called with too',
  access: account,
  returns: Done,
  run({ turn, actor }) {
    endLogins(turn, actor, null);
    return { ok: true as const };
  },
});

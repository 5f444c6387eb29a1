// The REST surface of registration, login and logout.
import { account, anyone } from '../../access/rules.ts';
import { revokeTokens } from '../../access/tokens.ts';
import { ApiError } from '../../errors.ts';
import { endpoint } from '../../http/endpoint.ts';
import { hashPassword, verifyPassword } from '../../lib/password.ts';
import { findUser, findUserByName } from '../users/queries.ts';
import { ownUser } from '../users/view.ts';
import { Done } from '../shapes.ts';
import { issueToken, register } from './actions.ts';
import { clearLogins, countLogin, countRegistration } from './limits.ts';
import { Credentials, Login, Registration } from './schema.ts';

export const registerRoute = endpoint({
  method: 'POST',
  path: '/auth/register',
  summary: 'Make an account',
  access: anyone,
  body: Registration,
  returns: Login,
  errors: ['rate_limited', 'forbidden', 'already_exists'],
  async prepare({ app, body, request }) {
    countRegistration(app, request.address());
    // Saves the work for a name that is taken; the turn decides.
    if (findUserByName(app.db, body.username) !== undefined) return null;
    return hashPassword(body.password);
  },
  run({ turn, body: { username, display_name }, prepared }) {
    const wish = { username, display_name: display_name || null, password_hash: prepared ?? '' };
    const row = register(turn, wish);
    if (prepared === null) throw new ApiError('already_exists', 'That account exists already.');
    return { user: ownUser(row), token: issueToken(turn, row.id) };
  },
});

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
    countLogin(app, body.username, request.address());
    const row = findUserByName(app.db, body.username);
    if (!(await verifyPassword(row?.password_hash ?? null, body.password)) || !row) throw refused();
    clearLogins(app, body.username, request.address());
    return { id: row.id, hash: row.password_hash };
  },
  run({ turn, prepared }) {
    const row = findUser(turn.tx, prepared.id);
    // Gone, or with another password than the one that was compared.
    if (row === undefined || row.password_hash !== prepared.hash) throw refused();
    if (row.disabled) throw new ApiError('forbidden', 'This account is disabled.');
    const token = issueToken(turn, row.id);
    const reset = row.force_password_reset ? { force_password_reset: true as const } : {};
    return { user: ownUser(row), token, ...reset };
  },
});

export const logout = endpoint({
  method: 'POST',
  path: '/auth/logout',
  summary: 'End the token that this is called with, and its sessions',
  access: account,
  returns: Done,
  run({ turn, actor }) {
    // A bot's token ends by being reset.
    if (!actor.bot) revokeTokens(turn, actor.id, [actor.token_hash]);
    return { ok: true as const };
  },
});

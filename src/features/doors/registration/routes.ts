// The REST surface of registration.
import { anyone } from '../../../access/rules.ts';
import type { App } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { bodyError } from '../../../http/complaint.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { hashPassword } from '../../../lib/password.ts';
import { findUserByName } from '../../people/users/queries.ts';
import { deviceHint } from '../auth/devices.ts';
import { refuseWeak } from '../auth/new-password.ts';
import { Login } from '../auth/schema.ts';
import { originOf, signIn } from '../auth/sign-in.ts';
import { refuseClosed, register } from './actions.ts';
import { countRegistration } from './limits.ts';
import { Newcomer, Registration } from './schema.ts';

export const registerRoute = endpoint({
  method: 'POST',
  path: '/auth/register',
  summary: 'Make an account',
  hint: deviceHint,
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
    return signIn(turn, row, originOf(request));
  },
});

/** Checks the wish, and hashes its password. */
async function newcomer(app: App, wish: unknown) {
  refuseClosed(app.db);
  const { success, data, error } = Newcomer.safeParse(wish);
  if (!success) throw bodyError(error, wish);
  const { username, display_name, password } = data;
  await refuseWeak(app, password, { username });
  // Saves the hashing for a name that is taken; the turn decides.
  const isTaken = findUserByName(app.db, username) !== undefined;
  const password_hash = isTaken ? null : await hashPassword(password);
  return { username, display_name: display_name || null, password_hash };
}

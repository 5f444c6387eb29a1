// The REST surface of getting back in without the password.
import { account, anyone, instanceAdmin } from '../../../access/rules.ts';
import { ApiError } from '../../../errors.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { meantName } from '../../../lib/name-text.ts';
import { hashPassword } from '../../../lib/password.ts';
import { findUser, findUserByName } from '../../people/users/queries.ts';
import { time } from '../../shapes.ts';
import { compareCounted } from '../auth/limits.ts';
import { refuseWeak } from '../auth/new-password.ts';
import { deviceHint } from '../auth/devices.ts';
import { provePassword, refuseOutdated } from '../auth/proof.ts';
import { PasswordProof } from '../auth/schema.ts';
import { originOf } from '../auth/sign-in.ts';
import { refuseDisabled } from '../second-factor/enter.ts';
import { giveRecoveryCode, issueRecoveryCode, matchingCode, recover, stillHas } from './actions.ts';
import { GivenCode, OwnCode, Recovered, Recovery } from './schema.ts';

const refused = () => new ApiError('unauthorized', 'User name or recovery code is wrong.');

export const newRecoveryCodeRoute = endpoint({
  method: 'POST',
  path: '/auth/recovery-code',
  summary: 'Get a code that replaces a forgotten password once; the older one ends',
  access: account,
  body: PasswordProof,
  returns: OwnCode,
  prepare: ({ app, viewer, body, request }) =>
    provePassword(app, viewer, {
      what: 'new recovery code',
      password: body.password,
      address: request.address(),
    }),
  run({ turn, actor, prepared }) {
    refuseOutdated(turn, actor.id, prepared);
    return { recovery_code: issueRecoveryCode(turn, actor.id) };
  },
});

export const recoverRoute = endpoint({
  method: 'POST',
  path: '/auth/recover',
  summary: 'Set a new password with a recovery code, and get a token',
  hint: `Every other token and both codes of the account end; the answer has a new code. A second factor is asked for as at a login. ${deviceHint}`,
  access: anyone,
  body: Recovery,
  returns: Recovered,
  errors: ['unauthorized', 'forbidden', 'rate_limited'],
  async prepare({ app, body, request }) {
    const username = meantName(body.username);
    const { recovery_code, new_password } = body;
    await refuseWeak(app, new_password, { username });
    const id = findUserByName(app.db, username)?.id;
    const claim = { what: 'recovery', username, address: request.address() } as const;
    const matched = await compareCounted(
      app,
      id === undefined ? claim : { ...claim, user_id: id },
      async () => {
        // Hashed in any case, so that the time tells nothing.
        const password_hash = await hashPassword(new_password);
        const hash = matchingCode(app, id ?? null, recovery_code);
        return hash === null ? null : { hash, password_hash };
      },
    );
    if (id === undefined || matched === null) throw refused();
    return { id, ...matched };
  },
  run({ turn, request, prepared: { id, hash, password_hash } }) {
    const row = findUser(turn.tx, id);
    if (row === undefined || !stillHas(turn, id, hash)) throw refused();
    const origin = originOf(request);
    refuseDisabled(turn, row, origin, 'recovery');
    return recover(turn, id, password_hash, origin);
  },
});

export const giveRecoveryCodeRoute = endpoint({
  method: 'POST',
  path: '/admin/users/:user_id/reset-link',
  summary: 'Give an account a code for 24 hours that sets a new password once',
  hint: 'It goes to `/auth/recover` with the user name. It replaces no second factor.',
  access: instanceAdmin,
  returns: GivenCode,
  run({ turn, actor, params }) {
    const { code, expires_at } = giveRecoveryCode(turn, actor, params.user_id);
    return { code, expires_at: time(expires_at) };
  },
});

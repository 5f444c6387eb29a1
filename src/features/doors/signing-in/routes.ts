// The REST surface of login.
import { anyone } from '../../../access/rules.ts';
import { ApiError } from '../../../errors.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { meantName } from '../../../lib/name-text.ts';
import { hashPassword, matchPassword } from '../../../lib/password.ts';
import { findUser, findUserByName } from '../../people/users/queries.ts';
import { renewHash } from '../auth/actions.ts';
import { deviceHint } from '../auth/devices.ts';
import { compareCounted } from '../auth/limits.ts';
import { originOf } from '../auth/sign-in.ts';
import { enter, refuseDisabled } from '../second-factor/enter.ts';
import { LoginAnswer } from '../second-factor/schema.ts';
import { findPending, waitsForApproval } from './pending.ts';
import { Credentials } from './schema.ts';

const refused = () => new ApiError('unauthorized', 'User name or password is wrong.');

export const login = endpoint({
  method: 'POST',
  path: '/auth/login',
  summary: 'Get a token for a name and a password',
  hint: `Where two-factor login is on, a ticket comes instead, for \`POST /auth/login/mfa\`. ${deviceHint}`,
  access: anyone,
  body: Credentials,
  returns: LoginAnswer,
  errors: ['unauthorized', 'forbidden', 'rate_limited'],
  async prepare({ app, body, request }) {
    const username = meantName(body.username);
    const known = findUserByName(app.db, username);
    // Asked for every name, so that the time tells nothing.
    const pending = findPending(app.db, username);
    const hash = (known ?? pending)?.password_hash ?? null;
    const claim = { what: 'login', username, address: request.address() } as const;
    const match = await compareCounted(
      app,
      known === undefined ? claim : { ...claim, user_id: known.id },
      () => matchPassword(hash, body.password),
    );
    if (known === undefined && match !== null) throw waitsForApproval();
    if (known === undefined || match === null) throw refused();
    const renewed = match === 'old' ? await hashPassword(body.password) : null;
    return { id: known.id, hash, renewed };
  },
  run({ turn, request, prepared: { id, hash, renewed } }) {
    const row = findUser(turn.tx, id);
    // The account is gone, or its password is not the one that was compared any more.
    if (row === undefined || row.password_hash !== hash) throw refused();
    const origin = originOf(request);
    refuseDisabled(turn, row, origin, 'login');
    if (renewed !== null) renewHash(turn, id, renewed);
    return enter(turn, row, origin);
  },
});

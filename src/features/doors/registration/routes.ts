// The REST surface of registering.
import { anyone } from '../../../access/rules.ts';
import type { App } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { bodyError } from '../../../http/complaint.ts';
import { endpoint, type RequestFacts } from '../../../http/endpoint.ts';
import { hashPassword } from '../../../lib/password.ts';
import { isTakenName } from '../../people/users/names.ts';
import { deviceHint } from '../auth/devices.ts';
import { refuseWeak } from '../auth/new-password.ts';
import { originOf, signIn } from '../auth/sign-in.ts';
import { issueRecoveryCode } from '../recovery/actions.ts';
import { take, type Applicant } from './actions.ts';
import { admit } from './admission.ts';
import { countRegistration } from './limits.ts';
import { Newcomer, Registered, Registration } from './schema.ts';
import { doorKey, isAtMachine } from './where.ts';

export const registerRoute = endpoint({
  method: 'POST',
  path: '/auth/register',
  summary: 'Make an account',
  hint: `Where an admin has to approve accounts, 403 says so, here and at each login until then. ${deviceHint}`,
  access: anyone,
  body: Registration,
  returns: Registered,
  errors: ['rate_limited', 'forbidden', 'already_exists'],
  async prepare({ app, body, request }) {
    const hasFailed = countRegistration(app, request.address());
    try {
      return { applicant: await applicantOf(app, body, request), hasFailed };
    } catch (error) {
      hasFailed();
      throw error;
    }
  },
  abandon: async (_app, { hasFailed }) => hasFailed(),
  run({ turn, request, body, prepared: { applicant } }) {
    const taken = take(turn, applicant);
    if (taken instanceof ApiError) return taken;
    const login = signIn(turn, taken, originOf(request));
    return body.recovery ? { ...login, recovery_code: issueRecoveryCode(turn, taken.id) } : login;
  },
});

/** Checks the wish, and hashes its password. Policies and names are asked for again in the turn. */
async function applicantOf(
  app: App,
  wish: Registration,
  request: RequestFacts,
): Promise<Applicant> {
  // An empty code is none.
  const papers = {
    invite_code: wish.invite_code || null,
    setup_code: wish.setup_code || null,
    door: doorKey(app, request),
  };
  // Before what is wrong with the fields: a closed server does not read them.
  admit(app, papers);
  const { success, data, error } = Newcomer.safeParse(wish);
  if (!success) throw bodyError(error, wish);
  const { username, display_name, password } = data;
  await refuseWeak(app, password, { username });
  // Saves the hashing, whoever has the name: the time is not to tell. The turn decides.
  const isTaken = isTakenName(app, username);
  return {
    username,
    display_name: display_name || null,
    password_hash: isTaken ? null : await hashPassword(password),
    ...papers,
    reason: wish.reason ?? '',
    address: request.address(),
    may_claim: app.config.ACCORD_TEST_MODE || isAtMachine(app, request),
  };
}

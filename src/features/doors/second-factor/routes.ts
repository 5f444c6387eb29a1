// The REST surface of second factors, and of the second step of a login.
import type { Caller } from '../../../access/place.ts';
import { account, anyone } from '../../../access/rules.ts';
import type { App } from '../../../app.ts';
import { endpoint, type RequestFacts } from '../../../http/endpoint.ts';
import { Done } from '../../shapes.ts';
import { provePassword, refuseOutdated } from '../auth/proof.ts';
import { Login, PasswordProof } from '../auth/schema.ts';
import { originOf } from '../auth/sign-in.ts';
import { beginEnrolment, dropSecondFactor, finishEnrolment, renewBackupCodes } from './actions.ts';
import { enterWithCode } from './enter.ts';
import { AppCode, BackupCodes, Enrolment, TicketAndCode } from './schema.ts';

export const loginWithCode = endpoint({
  method: 'POST',
  path: '/auth/login/mfa',
  summary: 'Complete a login with a code',
  hint: 'A wrong code does not end the ticket: five may be tried in 15 minutes.',
  access: anyone,
  body: TicketAndCode,
  returns: Login,
  errors: ['unauthorized', 'forbidden', 'rate_limited'],
  run: ({ turn, body, request }) => enterWithCode(turn, body, originOf(request)),
});

/** Compares the password that each change of the second factor asks for. */
const prove = (asked: {
  app: App;
  viewer: Caller;
  body: { password: string };
  request: RequestFacts;
}) =>
  provePassword(asked.app, asked.viewer, {
    what: 'second factor',
    password: asked.body.password,
    address: asked.request.address(),
  });

const withPassword = { method: 'POST', access: account, body: PasswordProof } as const;

export const enableSecondFactor = endpoint({
  ...withPassword,
  path: '/auth/2fa/enable',
  summary: 'Get a secret for an authenticator app',
  hint: 'It counts once `POST /auth/2fa/verify` was sent a code of it. 400 where two-factor login is on.',
  returns: Enrolment,
  prepare: prove,
  run({ turn, actor, prepared }) {
    refuseOutdated(turn, actor.id, prepared);
    return beginEnrolment(turn, actor.id);
  },
});

export const verifySecondFactor = endpoint({
  method: 'POST',
  path: '/auth/2fa/verify',
  summary: 'Switch two-factor login on, with a code of the new secret',
  access: account,
  body: AppCode,
  returns: BackupCodes,
  run({ turn, actor, body, request }) {
    const asked = { user_id: actor.id, address: request.address(), code: body.code };
    return { backup_codes: finishEnrolment(turn, asked) };
  },
});

export const disableSecondFactor = endpoint({
  ...withPassword,
  path: '/auth/2fa/disable',
  summary: 'Switch two-factor login off; its secret and its backup codes are deleted',
  returns: Done,
  prepare: prove,
  run({ turn, actor, prepared }) {
    refuseOutdated(turn, actor.id, prepared);
    dropSecondFactor(turn, actor.id);
    return { ok: true as const };
  },
});

export const renewBackupCodesRoute = endpoint({
  ...withPassword,
  path: '/auth/2fa/backup-codes',
  summary: 'Get new backup codes; the older ones end',
  returns: BackupCodes,
  prepare: prove,
  run({ turn, actor, prepared }) {
    refuseOutdated(turn, actor.id, prepared);
    return { backup_codes: renewBackupCodes(turn, actor.id) };
  },
});

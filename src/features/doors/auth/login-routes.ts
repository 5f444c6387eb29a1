// The REST surface of logins: one's own, and for instance admins those of others and the refused ones.
import { z } from 'zod';
import { account, instanceAdmin, signedIn } from '../../../access/rules.ts';
import { resolveAgain, revokeTokens, type Actor } from '../../../access/tokens.ts';
import type { App, Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { reasonGiven } from '../../../http/reason.ts';
import { recordAct } from '../../base/admin-log/actions.ts';
import { knownUser } from '../../people/users/actions.ts';
import { Done, pageOf } from '../../shapes.ts';
import { endLogins } from './actions.ts';
import { failedLoginPage, failedLogins } from './failed-logins.ts';
import {
  AnyLogin,
  AnyLoginsQuery,
  FailedLogin,
  FailedLoginsQuery,
  OwnLogin,
  Revocation,
} from './schema.ts';
import { anyLogin, loginId, ownLogins } from './login-view.ts';
import { livingLogins, loginsOf, markSeen, newLogin } from './logins.ts';

function refuseBots({ bot }: Actor): void {
  if (bot) throw new ApiError('forbidden', 'Only people log in.');
}

export const listLogins = endpoint({
  method: 'GET',
  path: '/auth/sessions',
  summary: 'List one’s own logins, those used last first',
  hint: 'READY of other logins tells of a new one until this was read by one of them. A bot gets 403.',
  access: account,
  returns: z.array(OwnLogin),
  run({ app, actor }) {
    refuseBots(actor);
    noteSeen(app, actor);
    return ownLogins(app, actor);
  },
});

/** Has it noted, in a turn that nobody waits for, that the account has seen its new logins. */
function noteSeen(app: App, { id, token_hash }: Actor): void {
  if (newLogin(app.db, id, token_hash) === undefined) return;
  app
    .write(({ tx }) => markSeen(tx, id, token_hash))
    .catch((error: unknown) =>
      app.log.warn({ err: error }, 'that logins were looked at could not be noted'),
    );
}

export const revokeLogin = endpoint({
  method: 'DELETE',
  path: '/auth/sessions/:login_id',
  summary: 'End the token of a login of one’s own, and its sessions',
  hint: 'A bot gets 403.',
  access: account,
  returns: Done,
  run({ turn, actor, params }) {
    refuseBots(actor);
    const living = livingLogins(turn.tx, actor.id, turn.now);
    const found = living.find(({ token_hash }) => loginId(token_hash) === params.login_id);
    if (found === undefined) throw new ApiError('not_found', 'You have no such login.');
    revokeTokens(turn, actor.id, [found.token_hash]);
    return { ok: true as const };
  },
});

export const revokeLogins = endpoint({
  method: 'POST',
  path: '/auth/sessions/revoke-all',
  summary: 'End every token of the account, the one that this is called with too unless it is kept',
  access: account,
  unsettled: true,
  body: Revocation,
  returns: Done,
  run({ turn, actor, body: { keep_current } }) {
    endLogins(turn, actor, keep_current ? actor.token_hash : null);
    return { ok: true as const };
  },
});

export const listLoginsOfUser = endpoint({
  method: 'GET',
  path: '/admin/users/:user_id/logins',
  summary: 'List the logins of an account, the newest first, with their whole addresses',
  hint: 'Ended ones are kept for some days after their last use. Each reading is an entry in the log of admins, with the reason in `X-Audit-Log-Reason`.',
  access: instanceAdmin,
  query: AnyLoginsQuery,
  returns: z.array(AnyLogin),
  async prepare({ app, viewer, params: { user_id }, request }) {
    const reason = reasonGiven(request);
    // Before anything is read: nobody reads without an entry.
    await app.write((turn) => noteReading(turn, signedIn(viewer), user_id, reason));
  },
  run: ({ app, params: { user_id }, query }) =>
    pageOf(
      loginsOf(app.db, user_id).map((login) => anyLogin(app, login)),
      query,
    ),
});

function noteReading(turn: Turn, asking: Actor, user_id: string, reason: string | null): void {
  const viewer = resolveAgain(turn.app, asking);
  const { actor } = instanceAdmin.grant({ app: turn.app, viewer, params: {} });
  knownUser(turn, user_id);
  recordAct(turn, actor, { action: 'login_read', target: { type: 'user', id: user_id }, reason });
}

export const listFailedLogins = endpoint({
  method: 'GET',
  path: '/admin/failed-logins',
  summary: 'List wrong passwords and codes of the last week, the newest first; 1,000 are kept',
  access: instanceAdmin,
  query: FailedLoginsQuery,
  returns: z.array(FailedLogin),
  prepare: ({ app }) => app.state(failedLogins).write(),
  run: ({ app, query }) => failedLoginPage(app.db, query),
});

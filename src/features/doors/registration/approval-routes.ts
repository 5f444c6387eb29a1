// The REST surface of registrations that wait for an admin.
import { z } from 'zod';
import { instanceAdmin } from '../../../access/rules.ts';
import type { Turn } from '../../../app.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { holdName } from '../../people/users/names.ts';
import { User } from '../../people/users/schema.ts';
import { ownUser } from '../../people/users/view.ts';
import { ListQuery, Nothing } from '../../shapes.ts';
import { isFull } from '../../spaces/members/actions.ts';
import { register } from './actions.ts';
import { foundPass, type Pass } from './admission.ts';
import { decide } from './approvals.ts';
import { registrationsAfter } from './queries.ts';
import { Decision, WaitingRegistration } from './schema.ts';
import { registrationView } from './view.ts';

const day_ms = 86_400_000;

export const listRegistrations = endpoint({
  method: 'GET',
  path: '/admin/registrations',
  summary: 'List the accounts that wait for approval, the oldest first',
  access: instanceAdmin,
  query: ListQuery,
  returns: z.array(WaitingRegistration),
  run: ({ app, query: { after = '', limit } }) =>
    registrationsAfter(app.db, after, limit).map(registrationView),
});

export const approveRegistration = endpoint({
  method: 'POST',
  path: '/admin/registrations/:registration_id/approve',
  summary: 'Make an account of a registration that waits',
  hint: 'It has the id by which it is listed.',
  access: instanceAdmin,
  body: Decision,
  returns: User,
  errors: ['already_exists'],
  run({ turn, actor, params: { registration_id: id }, body: { reason = null } }) {
    const row = decide(turn, actor, id, { state: 'approved', reason });
    const { username, display_name, password_hash, invite_code } = row;
    const wish = { username, display_name, password_hash };
    const pass = invite_code === null ? null : keptPass(turn, invite_code);
    return ownUser(register(turn, wish, { id, may_claim: false, pass }));
  },
});

/** The invite that was used, unless it has ended since or its space is full; it costs no more. */
function keptPass(turn: Turn, code: string): Pass | null {
  const pass = foundPass(turn.app, code);
  return pass?.kind === 'space' && isFull(turn, pass.known.space.id) ? null : pass;
}

export const rejectRegistration = endpoint({
  method: 'POST',
  path: '/admin/registrations/:registration_id/reject',
  summary: 'Refuse a registration that waits',
  access: instanceAdmin,
  body: Decision,
  returns: Nothing,
  run({ turn, actor, params: { registration_id: id }, body: { reason = null } }) {
    const { username } = decide(turn, actor, id, { state: 'rejected', reason });
    // Long enough for whoever was rejected to see it.
    holdName(turn, username, turn.now + day_ms, null);
  },
});

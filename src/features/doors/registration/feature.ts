// The feature of registering: who may, by which invite, and with whose approval.
import { registration_invites, registrations } from '../../../db/schema/doors.ts';
import { feature } from '../../feature.ts';
import { findPending } from '../signing-in/pending.ts';
import * as approvals from './approval-routes.ts';
import * as events from './events.ts';
import * as page from './invite-page.ts';
import * as invites from './invite-routes.ts';
import { forgetMaker, forgetSpace } from './queries.ts';
import { withWaiting } from './replay.ts';
import * as routes from './routes.ts';
import { startExpiry } from './server-invites.ts';

export const registrationFeature = feature({
  name: 'registration',
  modules: [routes, approvals, invites, page, events],
  tables: [registrations, registration_invites],
  hooks: { retells: withWaiting },
  ids: [registrations],
  keeps: {
    account: [
      ({ tx }, user_id) => {
        forgetMaker(tx, user_id);
        return true;
      },
    ],
    space: [
      ({ tx }, space_id) => {
        forgetSpace(tx, space_id);
        return true;
      },
    ],
  },
  acts: ['registration_approve', 'registration_reject', 'invite_create', 'invite_delete'],
  takesName: (db, username) => findPending(db, username) !== undefined,
  start: startExpiry,
});

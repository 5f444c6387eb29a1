// The feature of registering.
import { registration_invites, registrations } from '../../../db/schema/doors.ts';
import { feature } from '../../feature.ts';
import * as routes from './routes.ts';

export const registrationFeature = feature({
  name: 'registration',
  modules: [routes],
  tables: [registrations, registration_invites],
  ids: [registrations],
});

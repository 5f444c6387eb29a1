// The feature of tokens and passwords.
import { failed_logins, logins } from '../../../db/schema/doors.ts';
import { login_addresses } from '../../../db/schema/people.ts';
import { feature } from '../../feature.ts';
import * as routes from './routes.ts';

export const authFeature = feature({
  name: 'auth',
  modules: [routes],
  tables: [login_addresses, logins, failed_logins],
});

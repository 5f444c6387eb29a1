// The feature of tokens, logins and passwords.
import { failed_logins, logins } from '../../../db/schema/doors.ts';
import { login_addresses } from '../../../db/schema/people.ts';
import { rowsWith } from '../../base/clearing/rows.ts';
import { feature } from '../../feature.ts';
import * as events from './events.ts';
import { startFailedLogins } from './failed-logins.ts';
import * as loginRoutes from './login-routes.ts';
import { startLoginTimes } from './login-times.ts';
import * as routes from './routes.ts';

export const authFeature = feature({
  name: 'auth',
  modules: [routes, loginRoutes, events],
  tables: [login_addresses, logins, failed_logins],
  acts: ['login_read'],
  start(app) {
    const stops = [startLoginTimes(app), startFailedLogins(app)];
    return () => {
      for (const stop of stops) stop();
    };
  },
  keeps: {
    account: [
      rowsWith(login_addresses.user_id),
      rowsWith(logins.user_id),
      rowsWith(failed_logins.user_id),
    ],
  },
});

// The feature of administration: accounts, spaces and settings of the whole server.
import { requestRate } from '../../../http/request-rate.ts';
import { feature } from '../../feature.ts';
import * as accountRoutes from './account-routes.ts';
import * as routes from './routes.ts';

export const adminFeature = feature({
  name: 'admin',
  modules: [routes, accountRoutes],
  // It tells how long the server runs, from here on.
  start: (app) => void app.state(requestRate),
  acts: ['setting_update', 'user_update', 'user_delete', 'password_reset', 'space_update'],
});

// The feature of administration: accounts, spaces and settings of the whole server.
import { feature } from '../../feature.ts';
import * as accountRoutes from './account-routes.ts';
import * as routes from './routes.ts';

export const adminFeature = feature({
  name: 'admin',
  modules: [routes, accountRoutes],
  acts: ['setting_update', 'user_update', 'user_delete', 'password_reset', 'space_update'],
});

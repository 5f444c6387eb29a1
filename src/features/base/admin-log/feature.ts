// The feature of the log of what instance admins did.
import { admin_entries } from '../../../db/schema/log.ts';
import { feature } from '../../feature.ts';
import * as routes from './routes.ts';

export const adminLogFeature = feature({
  name: 'admin-log',
  modules: [routes],
  tables: [admin_entries],
  ids: [admin_entries],
});

// The feature of accounts.
import { users } from '../../db/schema.ts';
import { feature } from '../feature.ts';
import * as events from './events.ts';
import { foldOldNames } from './folding.ts';
import * as routes from './routes.ts';

export const usersFeature = feature({
  name: 'users',
  modules: [routes, events],
  tables: [users],
  start: foldOldNames,
});

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
  ids: [users],
  files: [
    {
      path: /^(avatars\/(\d+)\/[0-9a-f]{32}\.\w+)$/,
      row: "SELECT 1 FROM users WHERE avatar = '/cdn/' || ? AND id = ?",
    },
    {
      path: /^(banners\/(\d+)\/[0-9a-f]{32}\.\w+)$/,
      row: "SELECT 1 FROM users WHERE banner = '/cdn/' || ? AND id = ?",
    },
  ],
});

// The feature of accounts.
import { former_names, users } from '../../../db/schema/people.ts';
import { feature } from '../../feature.ts';
import { clearLater, rowsWith } from '../../base/clearing/rows.ts';
import * as events from './events.ts';
import { startForgettingNames } from './names.ts';
import { refoldNames } from './queries.ts';
import { withoutOldNames } from './replay.ts';
import * as routes from './routes.ts';

export const usersFeature = feature({
  name: 'users',
  modules: [routes, events],
  tables: [users, former_names],
  hooks: { retells: withoutOldNames },
  keeps: { account: [rowsWith(former_names.user_id)] },
  clears: {
    unfolded({ tx }, { target_id }) {
      const last = refoldNames(tx, target_id);
      if (last !== null) clearLater(tx, 'unfolded', last);
      return true;
    },
  },
  ids: [users],
  start: startForgettingNames,
  files: [
    {
      path: /^(avatars\/(\d+)\/[0-9a-f]{32}\.\w+)$/,
      row: "SELECT 1 FROM users WHERE avatar = '/cdn/' || ? AND id = ?",
      named: `SELECT rowid AS key, substr(avatar, 6) AS path FROM users
               WHERE rowid > ? AND avatar LIKE '/cdn/%' ORDER BY rowid LIMIT ?`,
    },
    {
      path: /^(banners\/(\d+)\/[0-9a-f]{32}\.\w+)$/,
      row: "SELECT 1 FROM users WHERE banner = '/cdn/' || ? AND id = ?",
      named: `SELECT rowid AS key, substr(banner, 6) AS path FROM users
               WHERE rowid > ? AND banner LIKE '/cdn/%' ORDER BY rowid LIMIT ?`,
    },
  ],
});

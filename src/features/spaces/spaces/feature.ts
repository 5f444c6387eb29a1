// The feature of spaces.
import { spaces } from '../../../db/schema/spaces.ts';
import { clearKept } from '../../base/clearing/rows.ts';
import { feature } from '../../feature.ts';
import * as events from './events.ts';
import * as pictures from './pictures.ts';
import { deleteSpaceRow } from './queries.ts';
import * as ready from './ready.ts';
import * as routes from './routes.ts';

export const spacesFeature = feature({
  name: 'spaces',
  modules: [routes, events, pictures, ready],
  tables: [spaces],
  clears: {
    space(turn, { target_id }) {
      if (!clearKept(turn, 'space', target_id)) return false;
      deleteSpaceRow(turn.tx, target_id);
      return true;
    },
  },
  ids: [spaces],
  files: [
    {
      path: /^(icons\/(\d+)\/[0-9a-f]{32}\.\w+)$/,
      row: "SELECT 1 FROM spaces WHERE icon = '/cdn/' || ? AND id = ?",
      named: `SELECT rowid AS key, substr(icon, 6) AS path FROM spaces
               WHERE rowid > ? AND icon LIKE '/cdn/%' AND deleted_at IS NULL ORDER BY rowid LIMIT ?`,
    },
    {
      path: /^(banners\/(\d+)\/[0-9a-f]{32}\.\w+)$/,
      row: "SELECT 1 FROM spaces WHERE banner = '/cdn/' || ? AND id = ?",
      named: `SELECT rowid AS key, substr(banner, 6) AS path FROM spaces
               WHERE rowid > ? AND banner LIKE '/cdn/%' AND deleted_at IS NULL ORDER BY rowid LIMIT ?`,
    },
  ],
  audits: ['space_update'],
});

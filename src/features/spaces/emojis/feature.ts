// The feature of custom emojis.
import { emoji_roles, emojis } from '../../../db/schema/files.ts';
import { feature } from '../../feature.ts';
import * as consequences from './consequences.ts';
import * as events from './events.ts';
import * as routes from './routes.ts';

export const emojisFeature = feature({
  name: 'emojis',
  modules: [routes, events, consequences],
  tables: [emojis, emoji_roles],
  ids: [emojis],
  files: [
    {
      path: /^emojis\/(\d+)\/(?<id>\d+)\.(\w+)$/,
      row: "SELECT 1 FROM emojis WHERE space_id = ? AND id = ? AND ? IN (extension, 'png')",
      named: `SELECT DISTINCT e.key, 'emojis/' || e.space_id || '/' || e.id || '.' || x.value AS path
                FROM (SELECT rowid AS key, space_id, id, extension FROM emojis
                       WHERE rowid > ? ORDER BY rowid LIMIT ?) e,
                     json_each(json_array(e.extension, 'png')) x
               ORDER BY e.key`,
    },
  ],
  audits: ['emoji_create', 'emoji_update', 'emoji_delete'],
});

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
      path: /^emojis\/(\d+)\/(\d+)\.(\w+)$/,
      row: "SELECT 1 FROM emojis WHERE space_id = ? AND id = ? AND ? IN (extension, 'png')",
    },
  ],
  audits: ['emoji_create', 'emoji_update', 'emoji_delete'],
});

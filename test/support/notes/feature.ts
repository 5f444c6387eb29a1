// A made-up feature with a table that hangs on a space, ids and files: all that its folder has to say.
import { rowsWith } from '../../../src/features/base/clearing/rows.ts';
import { feature } from '../../../src/features/feature.ts';
import * as routes from './routes.ts';
import { notes } from './table.ts';

export const notesFeature = feature({
  name: 'notes',
  modules: [routes],
  tables: [notes],
  ids: [notes],
  audits: ['note_create'],
  files: [
    {
      path: /^notes\/(\d+)\/(?<id>\d+)\.txt$/,
      row: 'SELECT 1 FROM notes WHERE space_id = ? AND id = ?',
      named: `SELECT rowid AS key, 'notes/' || space_id || '/' || id || '.txt' AS path
                FROM notes WHERE rowid > ? ORDER BY rowid LIMIT ?`,
    },
  ],
  keeps: { space: [rowsWith(notes.space_id)] },
});

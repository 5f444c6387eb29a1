// The feature of memberships.
import { kept_sanctions, member_names, members } from '../../../db/schema/spaces.ts';
import { rowsWith } from '../../base/clearing/rows.ts';
import { feature } from '../../feature.ts';
import { leaveSomeSpaces } from './actions.ts';
import * as commands from './commands.ts';
import * as consequences from './consequences.ts';
import * as events from './events.ts';
import * as pictures from './pictures.ts';
import { clearNames, indexOlder, renameEverywhere } from './names.ts';
import * as routes from './routes.ts';
import * as smallSpaces from './small-spaces.ts';

export const membersFeature = feature({
  name: 'members',
  modules: [routes, events, commands, consequences, pictures, smallSpaces],
  tables: [members, member_names, kept_sanctions],
  keeps: {
    space: [
      clearNames,
      rowsWith(members.space_id, members.avatar),
      rowsWith(kept_sanctions.space_id),
    ],
  },
  clears: {
    memberships: (turn, { target_id }) => !leaveSomeSpaces(turn, target_id),
    // These two note what is left anew.
    renamed: (turn, { target_id }) => (renameEverywhere(turn, target_id), true),
    unindexed: (turn, { target_id }) => (indexOlder(turn, target_id), true),
  },
  files: [
    {
      path: /^(avatars\/(\d+)_(\d+)\/[0-9a-f]{32}\.\w+)$/,
      row: "SELECT 1 FROM members WHERE avatar = '/cdn/' || ? AND space_id = ? AND user_id = ?",
      named: `SELECT rowid AS key, substr(avatar, 6) AS path FROM members
               WHERE rowid > ? AND avatar LIKE '/cdn/%' ORDER BY rowid LIMIT ?`,
    },
  ],
  audits: ['member_join', 'member_kick', 'member_update', 'member_role_update'],
});

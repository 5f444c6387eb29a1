// The feature of messages and their threads.
import { attachments } from '../../../db/schema/files.ts';
import { message_nonces, messages, slow_mode } from '../../../db/schema/messages.ts';
import { introductions } from '../../../db/schema/spaces.ts';
import {
  hidden_accounts,
  hidden_answers,
  hidden_authors,
  hidden_reactions,
  hidden_reactors,
  hidden_threads,
} from '../../../db/schema/work.ts';
import { rowsWith } from '../../base/clearing/rows.ts';
import { feature } from '../../feature.ts';
import { clearAnswers, clearMessages, hiddenLists } from './clearing.ts';
import * as consequences from './consequences.ts';
import * as events from './events.ts';
import * as forgetting from './forgetting.ts';
import './logged.ts';
import * as routes from './routes.ts';
import { retell } from './telling.ts';
import * as threadRoutes from './thread-routes.ts';

export const messagesFeature = feature({
  name: 'messages',
  modules: [routes, threadRoutes, events, consequences, forgetting],
  hooks: { retells: retell },
  tables: [
    messages,
    attachments,
    slow_mode,
    message_nonces,
    introductions,
    hidden_answers,
    hidden_accounts,
    hidden_authors,
    hidden_threads,
    hidden_reactions,
    hidden_reactors,
  ],
  keeps: {
    space: [rowsWith(introductions.space_id)],
    channel: [clearMessages, rowsWith(slow_mode.channel_id), rowsWith(message_nonces.channel_id)],
  },
  clears: { answers: clearAnswers },
  hides: hiddenLists,
  ids: [messages],
  files: [
    {
      path: /^attachments\/(\d+)\/(?<id>\d+)\.([0-9a-f]{32})$/,
      row: 'SELECT 1 FROM attachments WHERE channel_id = ? AND id = ? AND secret = ?',
      named: `SELECT rowid AS key, 'attachments/' || channel_id || '/' || id || '.' || secret AS path
                FROM attachments WHERE rowid > ? ORDER BY rowid LIMIT ?`,
    },
  ],
  audits: ['message_delete'],
});

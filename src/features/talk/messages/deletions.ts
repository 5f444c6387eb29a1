// Deletes messages, as their authors or moderators do.
import { missing, type ChannelGrant, type SpaceChannelGrant } from '../../../access/rules.ts';
import type { Turn } from '../../../app.ts';
import { record, recordIn } from '../../spaces/audit-log/actions.ts';
import { knownMessage } from './actions.ts';
import { messageIn, type MessageRow } from './queries.ts';
import { maxIds, removeMessage, removeMessages } from './removal.ts';
import { hasOthersAnswers, withdrawMessage } from './tombstones.ts';

/** Deletes a message: its author may, or a moderator (in threads and forums: `manage_threads`). */
export function deleteMessage(turn: Turn, by: ChannelGrant, id: string): void {
  const { channel, actor, can } = by;
  const row = knownMessage(turn, channel, id);
  const isThread = row.thread_id !== null || channel.type === 'forum';
  const moderates = can('manage_messages') || (isThread && can('manage_threads'));
  if (row.author_id !== actor.id && !moderates) {
    throw missing('manage_messages');
  }
  // Whatever they hold, authors do not take the answers of others along.
  if (row.author_id === actor.id) {
    withdrawMessage(turn, channel, row);
    return;
  }
  removeMessage(turn, channel, row);
  recordIn(turn, by, {
    action: 'message_delete',
    target: { type: 'user', id: row.author_id },
    changes: { channel_id: channel.id, message_id: id },
  });
}

/** Deletes the messages that are in the channel; other ids are ignored. */
export function deleteMessages(turn: Turn, by: SpaceChannelGrant, ids: readonly string[]): void {
  const { channel } = by;
  const here = [...new Set(ids)].flatMap((id) => messageIn(turn.tx, channel, id) ?? []);
  if (here.length === 0) return;
  // The actor's own follow the rule for authors.
  const isAnswered = (row: MessageRow) =>
    row.author_id === by.actor.id && hasOthersAnswers(turn.tx, row, maxIds);
  const { left: answered = [], gone = [] } = Object.groupBy(here, (row) =>
    isAnswered(row) ? 'left' : 'gone',
  );
  removeMessages(turn, channel, gone);
  for (const { id } of answered) {
    const row = messageIn(turn.tx, channel, id);
    if (row !== undefined) withdrawMessage(turn, channel, row, { later: true });
  }
  record(turn, by, {
    action: 'message_delete',
    target: { type: 'channel', id: channel.id },
    changes: { count: here.length },
    channel,
  });
}

// Clears messages: those of a channel, and those that were hidden, with their reactions.
import { channelOf } from '../../../access/load.ts';
import type { Turn } from '../../../app.ts';
import { workList } from '../../base/clearing/slices.ts';
import type { Clearing, WorkList } from '../../feature.ts';
import { clearAuthor, clearReactor } from './authors.ts';
import type { Hidden } from './hidden.ts';
import { clearReactions } from './reacted.ts';
import {
  clearThread,
  eraseMessages,
  inSlice,
  loosenAnswers,
  maxIds,
  messageSize,
} from './removal.ts';
import { clearAnswersOf } from './tombstones.ts';

/** The work lists of hidden messages and reactions. */
export const hiddenLists: readonly WorkList[] = [
  workList<Hidden['hidden_authors']>(
    'hidden_authors',
    ['author_id', 'space_id', 'from_n', 'until_n'],
    (turn, row) => !clearAuthor(turn, row),
  ),
  workList<Hidden['hidden_threads']>(
    'hidden_threads',
    ['thread_id', 'channel_id'],
    (turn, { thread_id, channel_id }) => {
      const channel = channelOf(turn.app, channel_id);
      return channel === null || !clearThread(turn, channel, thread_id);
    },
  ),
  workList<Hidden['hidden_answers']>(
    'hidden_answers',
    ['thread_id', 'author_id', 'channel_id', 'from_n', 'until_n'],
    clearAnswersOf,
  ),
  workList<Hidden['hidden_reactions']>(
    'hidden_reactions',
    ['message_id', 'emoji', 'until_n'],
    ({ tx }, row) => !clearReactions(tx, row),
  ),
  workList<Hidden['hidden_reactors']>(
    'hidden_reactors',
    ['user_id', 'space_id', 'from_n', 'until_n'],
    clearReactor,
  ),
];

/** Clears a slice of the references to a deleted message; the rest is noted anew. */
export function clearAnswers(turn: Turn, { target_id, channel_id }: Clearing): boolean {
  const channel = channel_id === null ? null : channelOf(turn.app, channel_id);
  // If the channel is gone, its own clearing removes these messages.
  if (channel !== null) loosenAnswers(turn, channel, target_id);
  return true;
}

/** Removes a slice of the messages of a channel; returns true when none were left. */
export function clearMessages({ tx }: Turn, channel_id: string): boolean {
  for (const part of ['thread_id IS NULL', 'thread_id IS NOT NULL']) {
    const rows = tx.sqlite
      .rows(
        { id: 'text', size: 'number' },
        `SELECT id, ${messageSize} FROM messages WHERE channel_id = ? AND ${part} LIMIT ?`,
      )
      .all(channel_id, maxIds);
    if (rows.length === 0) continue;
    eraseMessages(
      tx,
      inSlice(rows).map(({ id }) => id),
    );
    return false;
  }
  return true;
}

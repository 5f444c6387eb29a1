// Deletes messages with everything that belongs to them: files, replies, reactions, logged events.
import type { AnyChannel } from '../../../access/evaluate.ts';
import type { Turn } from '../../../app.ts';
import type { Db, Tx } from '../../../db/open.ts';
import { tombstone } from '../../../db/schema/messages.ts';
import { forgetSubjects } from '../../../events/log.ts';
import { lastMessage, setLastMessage } from '../../spaces/channels/queries.ts';
import { clearLater } from '../../base/clearing/rows.ts';
import { messageDeleted, messagesDeleted } from './events.ts';
import { hide } from './hidden.ts';
import { answeredElsewhere, lastReplyId } from './page-queries.ts';
import {
  answeredAmong,
  answersTo,
  countReply,
  dateThread,
  deleteAttachmentRows,
  deleteMessageRows,
  findMessage,
  newestMessage,
  updateMessage,
  type MessageRow,
} from './queries.ts';
import { dropReactions } from './reacted.ts';
import { tellMessage } from './telling.ts';

/** The columns that are needed to delete a message. */
export type GoneMessage = Pick<MessageRow, 'id' | 'channel_id' | 'thread_id' | 'reply_count'>;

/** Deletes messages with attachments, reactions and logged events; tells nobody. */
export function eraseMessages(tx: Tx, ids: readonly string[]): void {
  deleteMessageRows(tx, ids);
  forgetSubjects(tx, ids);
  deleteAttachmentRows(tx, ids);
  dropReactions(tx, ids);
}

/** Deletes a message and tells of it. Long threads and lists of answers go in later turns. */
export function removeMessage(turn: Turn, channel: AnyChannel, row: MessageRow): void {
  const { id, channel_id, space_id } = row;
  eraseMessages(turn.tx, [id]);
  turn.tell(messageDeleted, { channel }, { id, channel_id, space_id });
  if (row.thread_id === null) {
    if (clearThread(turn, channel, id))
      hide(turn.tx, 'hidden_threads', { thread_id: id, channel_id });
    correctLast(turn.tx, channel_id, [id]);
  } else {
    uncountReplies(turn, channel, row.thread_id, 1);
  }
  loosenAnswers(turn, channel, id);
}

/** The maximum number of messages that one turn deletes and one event names. */
export const maxIds = 100;

/** Deletes at most 100 messages of a channel and tells it once; replies go in later turns. */
export function removeMessages(
  turn: Turn,
  channel: AnyChannel,
  rows: readonly GoneMessage[],
  /** Threads that lose more replies soon: they are told with the last of them. */
  unfinished: ReadonlySet<string | null> = new Set(),
): void {
  if (rows.length === 0) return;
  const ids = rows.map(({ id }) => id);
  eraseMessages(turn.tx, ids);
  turn.tell(
    messagesDeleted,
    { channel },
    { ids, channel_id: channel.id, space_id: channel.space_id },
  );
  for (const { id, reply_count } of rows) {
    if (reply_count > 0) hide(turn.tx, 'hidden_threads', { thread_id: id, channel_id: channel.id });
  }
  for (const id of answeredAmong(turn.tx, ids)) clearLater(turn.tx, 'answers', id, channel.id);
  correctLast(turn.tx, channel.id, ids);
  for (const [thread_id, replies] of Map.groupBy(rows, (row) => row.thread_id)) {
    if (thread_id === null) continue;
    if (unfinished.has(thread_id)) countReply(turn.tx, thread_id, -replies.length, null);
    else uncountReplies(turn, channel, thread_id, replies.length);
  }
}

/** Finds the newest message of a channel anew if it is among the deleted ones. */
function correctLast(tx: Tx, channel_id: string, ids: readonly string[]): void {
  const last = lastMessage(tx, channel_id);
  if (last !== null && ids.includes(last)) {
    setLastMessage(tx, channel_id, newestMessage(tx, channel_id));
  }
}

function uncountReplies(turn: Turn, channel: AnyChannel, thread_id: string, count: number): void {
  countReply(turn.tx, thread_id, -count, null);
  settleThread(turn, channel, thread_id);
}

/** Dates and tells a thread that has lost replies; a tombstone goes with the last of them. */
export function settleThread(turn: Turn, channel: AnyChannel, thread_id: string): void {
  const last = lastReplyId(turn.tx, thread_id);
  if (last === null && isTombstone(turn.tx, thread_id)) {
    dropTombstone(turn, channel, thread_id);
    return;
  }
  dateThread(turn.tx, thread_id, last === null ? undefined : findMessage(turn.tx, last));
  tellMessage(turn, channel, thread_id);
}

function isTombstone(db: Db, id: string): boolean {
  const statement = `SELECT 1 FROM messages WHERE n = cast(? AS integer) AND type = '${tombstone}'`;
  return db.sqlite.query(statement).get(id) !== null;
}

/** Removes a tombstone; replies that are hidden and wait to be cleared do so without it. */
function dropTombstone(turn: Turn, channel: AnyChannel, id: string): void {
  const { tx } = turn;
  const { id: channel_id, space_id } = channel;
  eraseMessages(tx, [id]);
  turn.tell(messageDeleted, { channel }, { id, channel_id, space_id });
  correctLast(tx, channel_id, [id]);
  loosenAnswers(turn, channel, id);
}

/** The most text that one turn removes, in bytes; a message above it goes alone. */
const slice_bytes = 64 * 1024;
/** Each is told of, whole. */
const sliceAnswers = 10;

/** SQL for the bytes of a message: a row of many takes long to remove, even where rows are few. */
export const messageSize = 'octet_length(content) + coalesce(octet_length(embeds), 0) AS size';

/** Returns the first of these messages whose texts one turn can remove; at least one. */
export function inSlice<Row extends { size: number }>(rows: readonly Row[]): Row[] {
  let left = slice_bytes;
  const end = rows.findIndex(({ size }, index) => {
    left -= size;
    return left < 0 && index > 0;
  });
  return end === -1 ? [...rows] : rows.slice(0, end);
}

/** Ids of replies in a thread, oldest first, hidden ones included. */
function repliesIn(db: Db, thread_id: string): string[] {
  const rows = db.sqlite
    .rows(
      { id: 'text', size: 'number' },
      `SELECT id, ${messageSize} FROM messages WHERE thread_id = ? ORDER BY n LIMIT ?`,
    )
    .all(thread_id, maxIds);
  return inSlice(rows).map(({ id }) => id);
}

/** Removes a slice of the replies to a deleted message; returns true if more may be left. */
export function clearThread(turn: Turn, channel: AnyChannel, thread_id: string): boolean {
  const ids = repliesIn(turn.tx, thread_id);
  if (ids.length === 0) return false;
  eraseMessages(turn.tx, ids);
  const { id: channel_id, space_id } = channel;
  turn.tell(messagesDeleted, { channel }, { ids, channel_id, space_id });
  for (const id of answeredElsewhere(turn.tx, ids, thread_id)) {
    clearLater(turn.tx, 'answers', id, channel.id);
  }
  return hasReplies(turn.tx, thread_id);
}

/** Tells whether a message has replies, hidden ones included. */
export function hasReplies(db: Db, thread_id: string): boolean {
  return (
    db.sqlite.query('SELECT 1 FROM messages WHERE thread_id = ? LIMIT 1').get(thread_id) !== null
  );
}

/** Clears `reply_to` in messages that answered a deleted one. */
export function loosenAnswers(turn: Turn, channel: AnyChannel, id: string): void {
  const answers = answersTo(turn.tx, id, sliceAnswers);
  for (const answer of answers) {
    updateMessage(turn.tx, answer.id, { reply_to: null });
    tellMessage(turn, channel, answer.id);
  }
  if (answers.length === sliceAnswers) clearLater(turn.tx, 'answers', id, channel.id);
}

// Empties first messages of threads whose authors delete them, and leaves the answers of others.
import type { AnyChannel } from '../../../access/evaluate.ts';
import { channelOf } from '../../../access/load.ts';
import type { Turn } from '../../../app.ts';
import type { Db } from '../../../db/open.ts';
import { tombstone } from '../../../db/schema/messages.ts';
import { forgetSubjects } from '../../../events/log.ts';
import { compareSnowflakes } from '../../../lib/snowflake.ts';
import { clearLater } from '../../base/clearing/rows.ts';
import { systemUser } from '../../people/users/actions.ts';
import { lastMessage, setLastMessage } from '../../spaces/channels/queries.ts';
import { messagesDeleted } from './events.ts';
import { emptyFirstText } from './first-texts.ts';
import { hide, type Hidden } from './hidden.ts';
import {
  answeredAmong,
  countReply,
  deleteAttachmentRows,
  findMessage,
  updateMessage,
  type MessageRow,
} from './queries.ts';
import { eraseReactions } from './reacted.ts';
import {
  eraseMessages,
  inSlice,
  maxIds,
  messageSize,
  removeMessage,
  removeMessages,
  settleThread,
} from './removal.ts';
import { unindexMessages } from './search-index.ts';
import { messageView } from './view.ts';

/** So many of a thread's newest answers are asked who wrote them. */
const maxAsked = 500;

/** Tells whether somebody else answers, or may do so beyond the newest answers. */
export function hasOthersAnswers(
  db: Db,
  { id, thread_id, author_id, reply_count }: MessageRow,
  max = maxAsked,
): boolean {
  if (thread_id !== null || reply_count === 0) return false;
  const authors = db.sqlite
    .rows(
      { author_id: 'text' },
      'SELECT author_id FROM shown_messages WHERE thread_id = ? ORDER BY n DESC LIMIT ?',
    )
    .all(id, max);
  return authors.length === max || authors.some((one) => one.author_id !== author_id);
}

/** What is left of a message that is emptied; its time stays, since it says where it stands. */
const emptied = {
  type: tombstone,
  content: '',
  title: null,
  tts: false,
  mention_everyone: false,
  mentions: null,
  mention_roles: null,
  embeds: null,
  previews: null,
  reply_to: null,
  pinned_at: null,
  edited_at: null,
  flags: 0,
} satisfies Partial<MessageRow>;

/**
 * Empties a message for good and gives it to System, in the log as well; its rows in the index go as
 * with a deletion. Tells nobody.
 */
function empty(turn: Turn, id: string): void {
  const { tx } = turn;
  deleteAttachmentRows(tx, [id]);
  eraseReactions(tx, { message_id: id, emoji: '' });
  updateMessage(tx, id, { ...emptied, author_id: systemUser(turn) });
  const row = findMessage(tx, id);
  if (row === undefined) forgetSubjects(tx, [id]);
  else emptyFirstText(tx, messageView(null, row));
  unindexMessages(tx, [id]);
}

/** Empties a message whose author's own answers are hidden or gone already, and tells it. */
export function bury(turn: Turn, channel: AnyChannel, id: string): void {
  empty(turn, id);
  const last = lastMessage(turn.tx, channel.id);
  // While it was hidden, an older one may have been the newest.
  if (last === null || compareSnowflakes(last, id) < 0) setLastMessage(turn.tx, channel.id, id);
  settleThread(turn, channel, id);
}

/**
 * Deletes a message as its author may: a thread that it begins goes along, but for the answers of
 * others. Many own answers are hidden, and go in later turns; with `later` all of them do.
 */
export function withdrawMessage(
  turn: Turn,
  channel: AnyChannel,
  row: MessageRow,
  { later = false } = {},
): void {
  const { id: thread_id, author_id, channel_id } = row;
  if (!hasOthersAnswers(turn.tx, row)) {
    if (later) removeMessages(turn, channel, [row]);
    else removeMessage(turn, channel, row);
    return;
  }
  empty(turn, thread_id);
  const own = { thread_id, author_id, channel_id, from_n: thread_id, until_n: turn.id() };
  const rest = later ? own : clearSlice(turn, channel, own);
  if (rest !== null) hide(turn.tx, 'hidden_answers', rest);
  settleThread(turn, channel, thread_id);
}

type Answers = Hidden['hidden_answers'];

/** So many answers, anybody's, are looked at in a slice. */
const maxLooked = 1_000;

function answersFrom(db: Db, { thread_id, from_n, until_n }: Answers) {
  return db.sqlite
    .rows(
      { id: 'text', author_id: 'text', size: 'number' },
      `SELECT id, author_id, ${messageSize} FROM messages
        WHERE thread_id = ? AND n > cast(? AS integer) AND n <= cast(? AS integer)
        ORDER BY n LIMIT ?`,
    )
    .all(thread_id, from_n, until_n, maxLooked);
}

/** Removes a slice of an author's answers; returns what is left to do, or null. */
function clearSlice(turn: Turn, channel: AnyChannel, answers: Answers): Answers | null {
  const { tx } = turn;
  const looked = answersFrom(tx, answers);
  const own = looked.filter(({ author_id }) => author_id === answers.author_id);
  const gone = inSlice(own.slice(0, maxIds));
  if (gone.length > 0) {
    const ids = gone.map(({ id }) => id);
    eraseMessages(tx, ids);
    const { id: channel_id, space_id } = channel;
    turn.tell(messagesDeleted, { channel }, { ids, channel_id, space_id });
    countReply(tx, answers.thread_id, -ids.length, null);
    for (const id of answeredAmong(tx, ids)) clearLater(tx, 'answers', id, channel_id);
  }
  const last = gone.length < own.length ? gone.at(-1) : looked.at(-1);
  if (last === undefined || (gone.length === own.length && looked.length < maxLooked)) return null;
  return { ...answers, from_n: last.id };
}

/** Removes the next hidden answers of an author; returns true when none are left. */
export function clearAnswersOf(turn: Turn, row: Answers & { id: number }): boolean {
  const channel = channelOf(turn.app, row.channel_id);
  // If the channel is gone, its own clearing removes these messages.
  if (channel === null) return true;
  const rest = clearSlice(turn, channel, row);
  if (rest === null) return true;
  turn.tx.sqlite
    .query('UPDATE hidden_answers SET from_n = cast(? AS integer) WHERE id = ?')
    .run(rest.from_n, row.id);
  return false;
}

/** The newest messages of an author that are looked at for threads, when all are hidden at once. */
const newestLooked = 2_000;
/** So many are emptied in that turn, with so many answers: those that are hidden are counted anew. */
const maxEmptied = { messages: 20, answers: 2_000 };
/** So many of a thread's newest answers are looked at for one that stays. */
const newestAnswers = 100;

/**
 * Empties the newest hidden messages of an author that others answer. The clearing of that author
 * does the same to all others: until then they are hidden, but the answers are not.
 */
export function buryNewest(
  turn: Turn,
  { author_id, space_id, from_n, until_n }: Hidden['hidden_authors'],
): void {
  const begun = turn.tx.sqlite
    .rows(
      { id: 'text', channel_id: 'text', reply_count: 'number', size: 'number' },
      `SELECT id, channel_id, reply_count, ${messageSize} FROM (
         SELECT * FROM messages WHERE author_id = ? AND space_id = ?
            AND n BETWEEN cast(? AS integer) AND cast(? AS integer) ORDER BY n DESC LIMIT ?) own
        WHERE thread_id IS NULL AND reply_count > 0 AND EXISTS (
          SELECT 1 FROM (SELECT n FROM messages WHERE thread_id = own.id
                          ORDER BY n DESC LIMIT ?) last
            JOIN shown_messages s ON s.n = last.n)
        ORDER BY n DESC LIMIT ?`,
    )
    .all(author_id, space_id, from_n, until_n, newestLooked, newestAnswers, maxEmptied.messages);
  let answers = 0;
  for (const { id, channel_id, reply_count } of inSlice(begun)) {
    answers += reply_count;
    if (answers > maxEmptied.answers) return;
    const channel = channelOf(turn.app, channel_id);
    if (channel !== null) bury(turn, channel, id);
  }
}

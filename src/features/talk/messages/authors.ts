// Erases an account's messages and reactions in a space, a slice in each turn.
import type { AnyChannel } from '../../../access/evaluate.ts';
import { channelOf, spaceAccess } from '../../../access/load.ts';
import type { Turn } from '../../../app.ts';
import type { Db, Tx } from '../../../db/open.ts';
import { epoch_ms, snowflakeTime } from '../../../lib/snowflake.ts';
import { setLastMessage } from '../../spaces/channels/queries.ts';
import { hide, type Hidden } from './hidden.ts';
import { newestReaction, removeReactions } from './reacted.ts';
import {
  eraseMessages,
  hasReplies,
  inSlice,
  messageSize,
  removeMessages,
  maxIds,
  type GoneMessage,
} from './removal.ts';
import { tellMessage } from './telling.ts';
import { bury, buryNewest } from './tombstones.ts';

type HiddenAuthor = Hidden['hidden_authors'];

/** An author in a space; null stands for all conversations together. */
type Author = Omit<HiddenAuthor, 'space_id'> & { space_id: string | null };

/**
 * Hides an account's messages in a space, in a range of ids, and erases them in later turns. Those
 * that others answer stay, emptied, and so do the answers.
 */
export function eraseAuthor(turn: Turn, of: HiddenAuthor): void {
  const { tx } = turn;
  hide(tx, 'hidden_authors', of);
  buryNewest(turn, of);
  findNewest(tx, channelsWithLast(tx, of));
  settlePosts(tx, of);
}

/** The newest message of the main feed among the last `max` ones, hidden ones included; null if none. */
function newestAmong(db: Db, channel_id: string, max: number): string | null {
  const row = db.sqlite
    .rows(
      { id: 'text' },
      `SELECT s.id AS id FROM (SELECT n FROM messages WHERE channel_id = ? AND thread_id IS NULL
                                ORDER BY n DESC LIMIT ?) last
         CROSS JOIN shown_messages s ON s.n = last.n ORDER BY last.n DESC LIMIT 1`,
    )
    .get(channel_id, max);
  return row?.id ?? null;
}

/**
 * How many messages are looked at for the newest that stay in their channels. If all that a channel
 * has among them are hidden, it has no newest message until they are cleared.
 */
const maxLooked = 5_000;

/** Sets the newest message of channels anew. */
export function findNewest(tx: Tx, channel_ids: readonly string[]): void {
  for (const id of channel_ids) {
    const newest = newestAmong(tx, id, Math.ceil(maxLooked / channel_ids.length));
    setLastMessage(tx, id, newest);
  }
}

const maxConversations = 500;

/** Finds the newest message of those channels of a space, or of an author's conversations, that have lost it. */
function findLast(tx: Tx, { space_id, author_id }: Author): void {
  const [where, of] =
    space_id === null
      ? [
          `id IN (SELECT channel_id FROM conversation_people WHERE user_id = ?
                   ORDER BY channel_id DESC LIMIT ${maxConversations})`,
          author_id,
        ]
      : ['space_id = ?', space_id];
  const channels = tx.sqlite
    .rows({ id: 'text' }, `SELECT id FROM live_channels WHERE ${where} AND last_message_id IS NULL`)
    .all(of);
  findNewest(
    tx,
    channels.map(({ id }) => id),
  );
}

/** The channels of a space whose newest message is the author's, in a range of ids. */
function channelsWithLast(
  db: Db,
  { author_id, space_id, from_n, until_n }: HiddenAuthor,
): string[] {
  return db.sqlite
    .rows(
      { id: 'text' },
      `SELECT c.id AS id FROM live_channels c
         JOIN messages m ON m.n = cast(c.last_message_id AS integer) AND m.author_id = ?
          AND m.n BETWEEN cast(? AS integer) AND cast(? AS integer)
        WHERE c.space_id = ?`,
    )
    .all(author_id, from_n, until_n, space_id)
    .map(({ id }) => id);
}

/** SQL that orders forum posts by their last reply, or by themselves if they have none. */
const settle = `UPDATE messages SET active_at = ${epoch_ms} + (coalesce(
    (SELECT s.n FROM shown_messages s WHERE s.thread_id = messages.id ORDER BY s.n DESC LIMIT 1), n) >> 22)`;

const newestReplies = 500;

/**
 * Moves forum posts back to where they belong if the author's reply was the last. It looks at the
 * author's newest messages only; clearing, which starts with the newest, corrects the others.
 */
function settlePosts(tx: Tx, { author_id, space_id, from_n, until_n }: HiddenAuthor): void {
  tx.sqlite
    .query(
      `${settle}
        WHERE active_at IS NOT NULL AND n IN (SELECT cast(thread_id AS integer) FROM (
          SELECT thread_id FROM messages WHERE author_id = ? AND space_id = ?
             AND n BETWEEN cast(? AS integer) AND cast(? AS integer) ORDER BY n DESC LIMIT ?)
           WHERE thread_id IS NOT NULL)`,
    )
    .run(author_id, space_id, from_n, until_n, newestReplies);
}

/** Moves a forum post back if this reply, which is hidden, is the one that dates it. */
function settlePost(tx: Tx, { id, thread_id }: GoneMessage): void {
  tx.sqlite
    .query(`${settle} WHERE n = cast(? AS integer) AND active_at = ?`)
    .run(thread_id, snowflakeTime(id));
}

/** Hides an account's reactions in a space, and removes them in later turns. */
export function eraseReactor(tx: Tx, traces: { user_id: string; space_id: string }): void {
  hide(tx, 'hidden_reactors', { ...traces, from_n: '0', until_n: newestReaction(tx) });
}

type SizedMessage = GoneMessage & { size: number };

/** The newest messages of an author, in a range of ids; includes hidden ones. */
function messagesOfAuthor(db: Db, of: Author, limit: number): SizedMessage[] {
  return db.sqlite
    .rows(
      { id: 'text', channel_id: 'text', thread_id: 'text?', reply_count: 'number', size: 'number' },
      `SELECT id, channel_id, thread_id, reply_count, ${messageSize} FROM messages
        WHERE author_id = ? AND space_id IS ?
          AND n BETWEEN cast(? AS integer) AND cast(? AS integer) ORDER BY n DESC LIMIT ?`,
    )
    .all(of.author_id, of.space_id, of.from_n, of.until_n, limit);
}

/** How many messages of the next slices are read, to see which threads lose more replies. */
const lookahead = 1_000;

/**
 * Removes the author's newest remaining messages, channel by channel; returns false if none were
 * left. Unless `isFirst`, a thread is told of only with the last of its replies that goes, since
 * counting its replies takes longer the more of them are hidden.
 */
export function clearAuthor(turn: Turn, of: Author, { isFirst = false } = {}): boolean {
  const rows = upToThreads(inSlice(messagesOfAuthor(turn.tx, of, maxIds)));
  const inThreads = rows.some(({ thread_id }) => thread_id !== null);
  const next = isFirst || !inThreads ? [] : messagesOfAuthor(turn.tx, of, rows.length + lookahead);
  const unfinished = new Set(next.slice(rows.length).map(({ thread_id }) => thread_id));
  for (const [channel_id, ofChannel] of Map.groupBy(rows, (row) => row.channel_id)) {
    const channel = channelOf(turn.app, channel_id);
    // If the channel is gone, nobody is told.
    if (channel !== null) removeOrBury(turn, channel, ofChannel, unfinished);
    else
      eraseMessages(
        turn.tx,
        ofChannel.map(({ id }) => id),
      );
  }
  for (const [thread_id, [newest]] of Map.groupBy(rows, (row) => row.thread_id)) {
    if (newest && unfinished.has(thread_id)) settlePost(turn.tx, newest);
  }
  if (rows.length > 0) return true;
  findLast(turn.tx, of);
  return false;
}

/** Each is told of, whole, if others answer it. */
const sliceThreads = 5;

const beginsThread = ({ thread_id, reply_count }: GoneMessage) =>
  thread_id === null && reply_count > 0;

/** Returns the first of these messages, with so many first messages of threads at most. */
function upToThreads<Row extends GoneMessage>(rows: readonly Row[]): Row[] {
  let threads = 0;
  const end = rows.findIndex((row) => beginsThread(row) && (threads += 1) > sliceThreads);
  return end === -1 ? [...rows] : rows.slice(0, end);
}

/** Removes an author's messages that come next, the newest first; those that others answer stay. */
function removeOrBury(
  turn: Turn,
  channel: AnyChannel,
  rows: readonly GoneMessage[],
  unfinished: ReadonlySet<string | null>,
): void {
  removeMessages(
    turn,
    channel,
    rows.filter((row) => !beginsThread(row)),
    unfinished,
  );
  // The author's own answers in these threads are newer: they are gone by now.
  const begun = Map.groupBy(rows.filter(beginsThread), ({ id }) => hasReplies(turn.tx, id));
  const alone = begun.get(false) ?? [];
  removeMessages(
    turn,
    channel,
    alone.map((row) => ({ ...row, reply_count: 0 })),
  );
  for (const { id } of begun.get(true) ?? []) bury(turn, channel, id);
}

type Reactor = Hidden['hidden_reactors'];

/** Each of their messages is told of, whole. */
const sliceReactions = 10;

function reactionsOfUser(db: Db, { user_id, from_n, until_n }: Reactor) {
  return db.sqlite
    .rows(
      { n: 'number', message_id: 'text', channel_id: 'text', space_id: 'text?' },
      `SELECT r.n, r.message_id, m.channel_id, m.space_id
         FROM reactions r JOIN messages m ON m.n = cast(r.message_id AS integer)
        WHERE r.user_id = ? AND r.n > cast(? AS integer) AND r.n <= cast(? AS integer)
        ORDER BY r.n LIMIT ?`,
    )
    .all(user_id, from_n, until_n, sliceReactions);
}

/** Removes the next reactions and tells how the messages look; returns true when none are left. */
export function clearReactor(turn: Turn, reactor: Reactor & { id: number }): boolean {
  const { tx, app } = turn;
  const rows = reactionsOfUser(tx, reactor);
  const space = spaceAccess(app, reactor.space_id);
  const here = rows.filter(({ space_id }) => space_id === reactor.space_id);
  removeReactions(tx, here);
  const touched = new Map(here.map(({ message_id, channel_id }) => [message_id, channel_id]));
  for (const [message_id, channel_id] of touched) {
    const channel = space?.channels.get(channel_id);
    if (channel !== undefined) tellMessage(turn, channel, message_id);
  }
  const last = rows.at(-1);
  if (rows.length < sliceReactions || last === undefined) return true;
  tx.sqlite.query('UPDATE hidden_reactors SET from_n = ? WHERE id = ?').run(last.n, reactor.id);
  return false;
}

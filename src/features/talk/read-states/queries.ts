// SQL of what is read: pointers of an account, and what of a channel or thread lies behind them.
import type { Db, Tx } from '../../../db/open.ts';
import type { RowOf } from '../../../db/planned.ts';
import { tombstone } from '../../../db/schema/messages.ts';
import { epoch_ms } from '../../../lib/snowflake.ts';
import { maxMentions } from './schema.ts';

/** Which messages an account has read: those of a main feed, where `thread_id` is '', or of a thread. */
export interface Pointer {
  user_id: string;
  channel_id: string;
  thread_id: string;
}

/** A main feed or a thread that may be unread. */
const state = {
  channel_id: 'text',
  /** Null for conversations. */
  space_id: 'text?',
  thread_id: 'text',
  last_message_id: 'text?',
  /** Null where nothing was acknowledged. */
  read_id: 'text?',
  /** Messages from before are not unread. */
  joined_at: 'number',
} as const;
export type State = RowOf<typeof state>;

/** SQL for the greatest id that is behind the reader: of the pointer, or from before joining. */
const passed = (joined_at: string) =>
  `max(coalesce(r.read_n, 0), ((${joined_at} - ${epoch_ms}) << 22) - 1)`;

const mainPointer =
  "LEFT JOIN read_states r ON r.user_id = ?1 AND r.channel_id = c.id AND r.thread_id = ''";

/** Returns the channels of an account with a message that is newer than what it has read. */
export function statesAhead(db: Db, user_id: string): State[] {
  return db.sqlite
    .rows(
      state,
      `SELECT c.id AS channel_id, c.space_id, '' AS thread_id, c.last_message_id, r.read_id, m.joined_at
         FROM members m CROSS JOIN live_channels c ON c.space_id = m.space_id ${mainPointer}
        WHERE m.user_id = ?1 AND cast(c.last_message_id AS integer) > ${passed('m.joined_at')}
        UNION ALL
       SELECT c.id, c.space_id, '', c.last_message_id, r.read_id, p.joined_at
         FROM conversation_people p CROSS JOIN live_channels c ON c.id = p.channel_id ${mainPointer}
        WHERE p.user_id = ?1 AND p.left_at IS NULL AND p.closed = 0
          AND cast(c.last_message_id AS integer) > ${passed('p.joined_at')}`,
    )
    .all(user_id);
}

/** Returns those of the channels of spaces that have a message newer than what an account has read. */
export function statesAmong(db: Db, user_id: string, channel_ids: readonly string[]): State[] {
  return db.sqlite
    .rows(
      state,
      `SELECT c.id AS channel_id, c.space_id, '' AS thread_id, c.last_message_id, r.read_id, m.joined_at
         FROM json_each(?2) given
         CROSS JOIN live_channels c ON c.id = given.value
         CROSS JOIN members m ON m.space_id = c.space_id AND m.user_id = ?1 ${mainPointer}
        WHERE cast(c.last_message_id AS integer) > ${passed('m.joined_at')}`,
    )
    .all(user_id, JSON.stringify(channel_ids));
}

/** Tells whether anything was written in one of the channels. */
export function isAnyWritten(db: Db, channel_ids: readonly string[]): boolean {
  const found = db.sqlite
    .rows(
      { id: 'text' },
      `SELECT id FROM live_channels
        WHERE id IN (SELECT value FROM json_each(?)) AND last_message_id IS NOT NULL LIMIT 1`,
    )
    .get(JSON.stringify(channel_ids));
  return found !== null;
}

const belonging = `LEFT JOIN members m ON m.space_id = c.space_id AND m.user_id = ?1
    LEFT JOIN conversation_people p ON p.channel_id = c.id AND p.user_id = ?1 AND p.left_at IS NULL`;

/** Returns the state of one main feed or thread; null for who does not belong there. */
export function stateOf(db: Db, { user_id, channel_id, thread_id }: Pointer): State | null {
  return db.sqlite
    .rows(
      state,
      `SELECT c.id AS channel_id, c.space_id, ?3 AS thread_id, c.last_message_id, r.read_id,
              coalesce(m.joined_at, p.joined_at) AS joined_at
         FROM live_channels c ${belonging}
         LEFT JOIN read_states r ON r.user_id = ?1 AND r.channel_id = c.id AND r.thread_id = ?3
        WHERE c.id = ?2 AND coalesce(m.joined_at, p.joined_at) IS NOT NULL`,
    )
    .get(user_id, channel_id, thread_id);
}

/** How far a page of threads has come. */
export type ThreadPlace = Pick<Pointer, 'channel_id' | 'thread_id'>;

/** Returns the threads that an account takes part in, beyond a place. */
export function threadsFollowed(
  db: Db,
  user_id: string,
  after: ThreadPlace,
  limit: number,
): ThreadPlace[] {
  return db.sqlite
    .rows(
      { channel_id: 'text', thread_id: 'text' },
      `SELECT channel_id, thread_id FROM read_states
        WHERE user_id = ? AND (channel_id, thread_id) > (?, ?) AND thread_id <> ''
        ORDER BY channel_id, thread_id LIMIT ?`,
    )
    .all(user_id, after.channel_id, after.thread_id, limit);
}

/** Returns the states of these threads that have replies; of those whose channel is gone none. */
export function statesOfThreads(db: Db, user_id: string, threads: readonly ThreadPlace[]): State[] {
  return db.sqlite
    .rows(
      state,
      `SELECT c.id AS channel_id, c.space_id, r.thread_id,
              (SELECT s.id FROM shown_messages s WHERE s.thread_id = r.thread_id
                ORDER BY s.n DESC LIMIT 1) AS last_message_id,
              nullif(r.read_id, '0') AS read_id, coalesce(m.joined_at, p.joined_at) AS joined_at
         FROM json_each(?2) given
         CROSS JOIN read_states r ON r.user_id = ?1 AND r.channel_id = given.value ->> 'channel_id'
                                 AND r.thread_id = given.value ->> 'thread_id'
         CROSS JOIN live_channels c ON c.id = r.channel_id ${belonging}
        WHERE coalesce(m.joined_at, p.joined_at) IS NOT NULL`,
    )
    .all(user_id, JSON.stringify(threads));
}

/** What is asked about a main feed or a thread: what of it lies beyond `after`. */
export interface Question extends Pick<Pointer, 'channel_id' | 'thread_id'> {
  after: string;
  /** The newest message that counts. */
  until: string;
  joined_at: number;
  /** The roles of the reader; null in a conversation, where every message counts as a mention. */
  role_ids: readonly string[] | null;
}

/** So many of the newest messages are looked at for one that somebody else has written. */
const maxLooked = 100;
/** So many of the newest that name the reader in the channel or its threads are looked at. */
const maxNamed = 2_000;
/** So many of the newest that mention roles or everyone are looked at. */
const maxBroad = 500;

/** SQL for: the message `s` counts for the reader. */
const counts = `s.author_id <> ?1 AND s.type <> '${tombstone}'
  AND (s.sent_at IS NULL OR s.sent_at >= q.joined_at)`;

/** SQL that finds newest messages by others; rows are bounded before hidden ones are left out. */
const byOthers = (feed: string) => `
  SELECT s.n FROM (SELECT n FROM messages WHERE ${feed} AND n > q.after_n AND n <= q.until_n
                    ORDER BY n DESC LIMIT ${maxLooked}) newest
    CROSS JOIN shown_messages s ON s.n = newest.n WHERE ${counts}`;

const mentioning = `
  SELECT s.n FROM (SELECT n, thread_id FROM message_mentions
                    WHERE user_id = ?1 AND channel_id = q.channel_id
                      AND n > q.after_n AND n <= q.until_n
                    ORDER BY n DESC LIMIT ${maxNamed}) named
    CROSS JOIN shown_messages s ON s.n = named.n
   WHERE named.thread_id = q.thread_id AND ${counts}
   UNION
  SELECT s.n FROM (SELECT n FROM messages
                    WHERE channel_id = q.channel_id AND n > q.after_n AND n <= q.until_n
                      AND (mention_everyone = 1 OR mention_roles IS NOT NULL)
                    ORDER BY n DESC LIMIT ${maxBroad}) broad
    CROSS JOIN shown_messages s ON s.n = broad.n
   WHERE coalesce(s.thread_id, '') = q.thread_id AND ${counts}
     AND (s.mention_everyone = 1 OR EXISTS (
       SELECT 1 FROM json_each(s.mention_roles) role
        WHERE role.value IN (SELECT value FROM json_each(q.role_ids))))`;

const unreadAmong = (feed: string) => `
  WITH q AS MATERIALIZED (
    SELECT value ->> 'channel_id' AS channel_id, value ->> 'thread_id' AS thread_id,
           cast(value ->> 'after' AS integer) AS after_n,
           cast(value ->> 'until' AS integer) AS until_n,
           value ->> 'joined_at' AS joined_at, value -> 'role_ids' AS role_ids
      FROM json_each(?2))
  SELECT q.channel_id, q.thread_id,
         iif(q.role_ids = 'null',
             (SELECT count(*) FROM (${byOthers(feed)} LIMIT ${maxMentions})),
             (SELECT count(*) FROM (SELECT n FROM (${mentioning}) LIMIT ${maxMentions})))
           AS mention_count
    FROM q WHERE EXISTS (${byOthers(feed)})`;

const inFeed = unreadAmong('channel_id = q.channel_id AND thread_id IS NULL');
const inThread = unreadAmong('thread_id = q.thread_id');

/** Returns those that hold something unread, in order, with how much of it mentions the reader. */
export function answer(db: Db, user_id: string, questions: readonly Question[]) {
  const shape = { channel_id: 'text', thread_id: 'text', mention_count: 'number' } as const;
  const isOfThread = ({ thread_id }: Question) => thread_id !== '';
  const ask = (statement: string, asked: readonly Question[]) =>
    asked.length === 0 ? [] : db.sqlite.rows(shape, statement).all(user_id, JSON.stringify(asked));
  return [
    ...ask(
      inFeed,
      questions.filter((one) => !isOfThread(one)),
    ),
    ...ask(inThread, questions.filter(isOfThread)),
  ];
}

/** Moves a pointer forward; returns false if it is there or beyond already. */
export function moveTo(tx: Tx, { user_id, channel_id, thread_id }: Pointer, id: string): boolean {
  const { changes } = tx.sqlite
    .query(
      `INSERT INTO read_states (user_id, channel_id, thread_id, read_n)
       VALUES (?, ?, ?, cast(? AS integer))
       ON CONFLICT DO UPDATE SET read_n = excluded.read_n WHERE excluded.read_n > read_n`,
    )
    .run(user_id, channel_id, thread_id, id);
  return changes > 0;
}

/** Has accounts take part in a thread, read up to that message ('0': nothing); most do already. */
export function follow(
  tx: Tx,
  { channel_id, thread_id }: ThreadPlace,
  user_ids: readonly string[],
  read_id: string,
): void {
  tx.sqlite
    .query(
      `INSERT OR IGNORE INTO read_states (user_id, channel_id, thread_id, read_n)
       SELECT value, ?, ?, cast(? AS integer) FROM json_each(?)`,
    )
    .run(channel_id, thread_id, read_id, JSON.stringify(user_ids));
}

/** Notes whom a message names. */
export function insertMentions(
  tx: Tx,
  message: { id: string; channel_id: string; thread_id: string | null },
  user_ids: readonly string[],
): void {
  tx.sqlite
    .query(
      `INSERT OR IGNORE INTO message_mentions (user_id, channel_id, thread_id, n)
       SELECT value, ?, ?, cast(? AS integer) FROM json_each(?)`,
    )
    .run(message.channel_id, message.thread_id ?? '', message.id, JSON.stringify(user_ids));
}

/** Forgets whom a message has named, but for those whom it names still. */
export function keepMentions(tx: Tx, id: string, user_ids: readonly string[]): void {
  tx.sqlite
    .query(
      `DELETE FROM message_mentions WHERE n = cast(? AS integer)
          AND user_id NOT IN (SELECT value FROM json_each(?))`,
    )
    .run(id, JSON.stringify(user_ids));
}

/** Forgets whom messages have named. */
export function forgetMentions(tx: Tx, ids: readonly string[]): void {
  tx.sqlite
    .query(
      `DELETE FROM message_mentions
        WHERE n IN (SELECT cast(value AS integer) FROM json_each(?))`,
    )
    .run(JSON.stringify(ids));
}

/** Forgets what an account has read in a space. */
export function forgetReading(tx: Tx, user_id: string, space_id: string): void {
  tx.sqlite
    .query(
      `DELETE FROM read_states WHERE user_id = ?
          AND channel_id IN (SELECT id FROM live_channels WHERE space_id = ?)`,
    )
    .run(user_id, space_id);
}

/** So many rows of each table are deleted in one turn. */
const sliceRows = 500;

const someOf = (table: string, key: string) => `DELETE FROM ${table}
  WHERE user_id = ?1 AND (channel_id, ${key}) IN (
    SELECT channel_id, ${key} FROM ${table} WHERE user_id = ?1 LIMIT ${sliceRows})`;
const someReading = someOf('read_states', 'thread_id');
const someMentions = someOf('message_mentions', 'n');

/** Forgets some of what an account that is gone has read, and where it was named; true if there may be more. */
export function forgetSomeReading(tx: Tx, user_id: string): boolean {
  const deleted = [someReading, someMentions].map((one) => tx.sqlite.query(one).run(user_id));
  return deleted.some(({ changes }) => changes === sliceRows);
}

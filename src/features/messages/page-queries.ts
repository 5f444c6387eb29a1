// SQL of pages of messages: rows in order, from a place onwards.
import { and, eq, sql } from 'drizzle-orm';
import type { Db } from '../../db/open.ts';
import { messages } from '../../db/schema.ts';
import { endOfTime, shown } from './hidden.ts';
import { columns, number, type MessageRow } from './queries.ts';

type Direction = 'desc' | 'asc';

const feed = 'channel_id = ?1 AND thread_id IS NULL';
const thread = 'thread_id = ?1';

/** Ids alone: messages are read by id, from memory where they are there. */
function pageOf(of: string, direction: Direction): string {
  const [comparison, order] = direction === 'desc' ? ['<', 'DESC'] : ['>', 'ASC'];
  return `SELECT id FROM messages WHERE ${of} AND n ${comparison} cast(?2 AS integer)
    ORDER BY n ${order} LIMIT ?3`;
}

function idsOf(db: Db, statement: string, of: string, bound: string, limit: number): string[] {
  const query = db.sqlite.query<{ id: string }, [string, string, number]>(statement);
  return query.all(of, bound, limit).map(({ id }) => id);
}

/** Ids of a channel's main feed beyond `bound`: below it, newest first, or above it, oldest first. */
export function feedPage(
  db: Db,
  channel_id: string,
  direction: Direction,
  bound: string,
  limit: number,
): string[] {
  return idsOf(db, pageOf(`${feed} AND ${shown(db)}`, direction), channel_id, bound, limit);
}

/** The same for the replies of a thread. */
export function threadPage(
  db: Db,
  thread_id: string,
  direction: Direction,
  bound: string,
  limit: number,
): string[] {
  return idsOf(db, pageOf(`${thread} AND ${shown(db)}`, direction), thread_id, bound, limit);
}

/** Ids of a forum's posts by their last activity, those after the given place. */
export function activePosts(
  db: Db,
  channel_id: string,
  after: { active_at: number; id: string },
  limit: number,
): { id: string; active_at: number }[] {
  return db.sqlite
    .query<{ id: string; active_at: number }, [string, number, string, number]>(
      `SELECT id, active_at FROM messages
        WHERE channel_id = ? AND active_at IS NOT NULL AND (active_at, n) < (?, cast(? AS integer))
          AND ${shown(db)}
        ORDER BY active_at DESC, n DESC LIMIT ?`,
    )
    .all(channel_id, after.active_at, after.id, limit);
}

/** The newest messages of an author in a space from one id to another, replies and hidden ones included. */
export function messagesOfAuthor(
  db: Db,
  author_id: string,
  space_id: string,
  { from_id, until_id }: { from_id: string; until_id: string },
  limit: number,
): MessageRow[] {
  return db.orm
    .select(columns)
    .from(messages)
    .where(
      and(
        eq(messages.author_id, author_id),
        eq(messages.space_id, space_id),
        sql`n between ${number(from_id)} and ${number(until_id)}`,
      ),
    )
    .orderBy(sql`n desc`)
    .limit(limit)
    .all();
}

/** The channels of a space whose newest message is one of an author's, from one id to another. */
export function channelsWithLast(
  db: Db,
  { user_id, space_id }: { user_id: string; space_id: string },
  { from_id, until_id }: { from_id: string; until_id: string },
): string[] {
  return db.sqlite
    .query<{ id: string }, [string, string, string, string]>(
      `SELECT c.id AS id FROM channels c
         JOIN messages m ON m.n = cast(c.last_message_id AS integer) AND m.author_id = ?
          AND m.n BETWEEN cast(? AS integer) AND cast(? AS integer)
        WHERE c.space_id = ? AND c.deleted_at IS NULL`,
    )
    .all(user_id, from_id, until_id, space_id)
    .map(({ id }) => id);
}

/** Ids of a channel's messages that have replies, below `bound`, newest first. */
export function threadStarts(db: Db, channel_id: string, bound: string, limit: number): string[] {
  const of = `channel_id = ?1 AND reply_count > 0 AND ${shown(db)}`;
  return idsOf(db, pageOf(of, 'desc'), channel_id, bound, limit);
}

/** Who wrote the newest replies of a thread, at most `limit` of them, each once; the last writer first. */
export function authorsIn(db: Db, thread_id: string, limit: number): string[] {
  return db.sqlite
    .query<{ author_id: string }, [string, number]>(
      `SELECT author_id FROM (
         SELECT author_id, n FROM messages WHERE thread_id = ? AND ${shown(db)}
          ORDER BY n DESC LIMIT ?)
        GROUP BY author_id ORDER BY max(n) DESC`,
    )
    .all(thread_id, limit)
    .map(({ author_id }) => author_id);
}

/** Ids of replies in a thread, oldest first, hidden ones included. */
export function repliesIn(db: Db, thread_id: string, limit: number): string[] {
  return idsOf(db, pageOf(thread, 'asc'), thread_id, '0', limit);
}

/** Which of a thread's replies are answered from outside of it. */
export function answeredElsewhere(db: Db, ids: readonly string[], thread_id: string): string[] {
  return db.sqlite
    .query<{ id: string }, [string, string]>(
      `SELECT DISTINCT m.reply_to AS id FROM json_each(?) gone
         JOIN messages m ON m.reply_to = gone.value WHERE m.thread_id IS NOT ?`,
    )
    .all(JSON.stringify(ids), thread_id)
    .map(({ id }) => id);
}

/** The newest reply of a thread; null for none. */
export function lastReplyId(db: Db, thread_id: string): string | null {
  return threadPage(db, thread_id, 'desc', endOfTime, 1)[0] ?? null;
}

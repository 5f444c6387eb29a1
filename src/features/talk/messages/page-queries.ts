// SQL for pages of messages: ids in order, beyond a given one.
import type { Db } from '../../../db/open.ts';
import { endOfTime } from './hidden.ts';

type Direction = 'desc' | 'asc';

const feed = 'channel_id = ?1 AND thread_id IS NULL';
const thread = 'thread_id = ?1';

/** Selects ids only: the messages are read by id, from memory if they are kept there. */
function pageOf(of: string, direction: Direction): string {
  const [comparison, order] = direction === 'desc' ? ['<', 'DESC'] : ['>', 'ASC'];
  return `SELECT id FROM shown_messages WHERE ${of} AND n ${comparison} cast(?2 AS integer)
    ORDER BY n ${order} LIMIT ?3`;
}

function idsOf(db: Db, statement: string, of: string, bound: string, limit: number): string[] {
  const query = db.sqlite.rows({ id: 'text' }, statement);
  return query.all(of, bound, limit).map(({ id }) => id);
}

/** Ids of a channel's main feed beyond `bound`: below it newest first, above it oldest first. */
export function feedPage(
  db: Db,
  channel_id: string,
  direction: Direction,
  bound: string,
  limit: number,
): string[] {
  return idsOf(db, pageOf(feed, direction), channel_id, bound, limit);
}

/** Ids of a thread's replies beyond `bound`, in the order of `feedPage`. */
export function threadPage(
  db: Db,
  thread_id: string,
  direction: Direction,
  bound: string,
  limit: number,
): string[] {
  return idsOf(db, pageOf(thread, direction), thread_id, bound, limit);
}

/** Ids of a forum's posts by their last activity, after the given post. */
export function activePosts(
  db: Db,
  channel_id: string,
  after: { active_at: number; id: string },
  limit: number,
): { id: string; active_at: number }[] {
  return db.sqlite
    .rows(
      { id: 'text', active_at: 'number' },
      `SELECT id, active_at FROM shown_messages
        WHERE channel_id = ? AND active_at IS NOT NULL AND (active_at, n) < (?, cast(? AS integer))
        ORDER BY active_at DESC, n DESC LIMIT ?`,
    )
    .all(channel_id, after.active_at, after.id, limit);
}

/** Ids of a channel's messages that have replies, below `bound`, newest first. */
export function threadStarts(db: Db, channel_id: string, bound: string, limit: number): string[] {
  // The index covers `reply_rows`; `reply_count` leaves out hidden replies.
  const of = 'channel_id = ?1 AND reply_rows > 0 AND reply_count > 0';
  return idsOf(db, pageOf(of, 'desc'), channel_id, bound, limit);
}

/** The authors of a thread's newest `limit` replies, each once; the last author first. */
export function authorsIn(db: Db, thread_id: string, limit: number): string[] {
  return db.sqlite
    .rows(
      { author_id: 'text' },
      `SELECT author_id FROM (
         SELECT author_id, n FROM shown_messages WHERE thread_id = ? ORDER BY n DESC LIMIT ?)
        GROUP BY author_id ORDER BY max(n) DESC`,
    )
    .all(thread_id, limit)
    .map(({ author_id }) => author_id);
}

/** The replies of a thread that messages outside it refer to, among `ids`. */
export function answeredElsewhere(db: Db, ids: readonly string[], thread_id: string): string[] {
  return db.sqlite
    .rows(
      { id: 'text' },
      `SELECT DISTINCT m.reply_to AS id FROM json_each(?) gone
         JOIN shown_messages m ON m.reply_to = gone.value WHERE m.thread_id IS NOT ?`,
    )
    .all(JSON.stringify(ids), thread_id)
    .map(({ id }) => id);
}

/** The id of a thread's newest reply; null if there is none. */
export function lastReplyId(db: Db, thread_id: string): string | null {
  return threadPage(db, thread_id, 'desc', endOfTime, 1)[0] ?? null;
}

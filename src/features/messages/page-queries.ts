// SQL of pages of messages: rows in order, from a place onwards.
import { and, eq, sql } from 'drizzle-orm';
import { prepared, type Db } from '../../db/open.ts';
import { messages } from '../../db/schema.ts';
import { columns, number, type MessageRow } from './queries.ts';

const feed = (direction: 'desc' | 'asc') =>
  prepared((orm) =>
    orm
      .select(columns)
      .from(messages)
      .where(
        and(
          eq(messages.channel_id, sql.placeholder('channel_id')),
          sql`thread_id is null`,
          direction === 'desc'
            ? sql`n < ${number(sql`${sql.placeholder('bound')}`)}`
            : sql`n > ${number(sql`${sql.placeholder('bound')}`)}`,
        ),
      )
      .orderBy(direction === 'desc' ? sql`n desc` : sql`n`)
      .limit(sql.placeholder('limit'))
      .prepare(),
  );
const thread = (direction: 'desc' | 'asc') =>
  prepared((orm) =>
    orm
      .select(columns)
      .from(messages)
      .where(
        and(
          eq(messages.thread_id, sql.placeholder('thread_id')),
          direction === 'desc'
            ? sql`n < ${number(sql`${sql.placeholder('bound')}`)}`
            : sql`n > ${number(sql`${sql.placeholder('bound')}`)}`,
        ),
      )
      .orderBy(direction === 'desc' ? sql`n desc` : sql`n`)
      .limit(sql.placeholder('limit'))
      .prepare(),
  );
const feeds = { desc: feed('desc'), asc: feed('asc') };
const threads = { desc: thread('desc'), asc: thread('asc') };

/** Above every id. */
export const endOfTime = '9223372036854775807';

/** Messages of a channel's main feed beyond `bound`: below it, newest first, or above it, oldest first. */
export function feedPage(
  db: Db,
  channel_id: string,
  direction: 'desc' | 'asc',
  bound: string,
  limit: number,
): MessageRow[] {
  return feeds[direction](db).all({ channel_id, bound, limit });
}

/** The same for the replies of a thread. */
export function threadPage(
  db: Db,
  thread_id: string,
  direction: 'desc' | 'asc',
  bound: string,
  limit: number,
): MessageRow[] {
  return threads[direction](db).all({ thread_id, bound, limit });
}

/** Posts of a forum by their last activity, those after the given place. */
export function activePosts(
  db: Db,
  channel_id: string,
  after: { active_at: number; id: string },
  limit: number,
): MessageRow[] {
  return db.orm
    .select(columns)
    .from(messages)
    .where(
      and(
        eq(messages.channel_id, channel_id),
        sql`active_at is not null`,
        sql`(active_at, n) < (${after.active_at}, ${number(after.id)})`,
      ),
    )
    .orderBy(sql`active_at desc`, sql`n desc`)
    .limit(limit)
    .all();
}

/** The newest messages of an author in a space from one id to another, replies in threads included. */
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

/** Ids of replies in a thread, oldest first. */
export function repliesIn(db: Db, thread_id: string, limit: number): string[] {
  return threads
    .asc(db)
    .all({ thread_id, bound: '0', limit })
    .map(({ id }) => id);
}

/** When the newest reply of a thread was written; null for none. */
export function lastReplyId(db: Db, thread_id: string): string | null {
  return threads.desc(db).all({ thread_id, bound: endOfTime, limit: 1 })[0]?.id ?? null;
}

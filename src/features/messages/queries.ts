// SQL of messages: rows in, rows out. Their order is that of `n`, the id as a number.
import { and, eq, sql, type SQL } from 'drizzle-orm';
import { prepared, type Db, type Tx } from '../../db/open.ts';
import {
  channels,
  clearings,
  introductions,
  members,
  messages,
  slow_mode,
  users,
} from '../../db/schema.ts';

const columns = {
  id: sql<string>`${messages.id}`,
  channel_id: messages.channel_id,
  space_id: messages.space_id,
  author_id: messages.author_id,
  type: messages.type,
  content: messages.content,
  title: messages.title,
  tts: messages.tts,
  mention_everyone: messages.mention_everyone,
  mentions: messages.mentions,
  embeds: messages.embeds,
  reply_to: messages.reply_to,
  thread_id: messages.thread_id,
  reply_count: messages.reply_count,
  last_reply_at: messages.last_reply_at,
  active_at: messages.active_at,
  pinned_at: messages.pinned_at,
  edited_at: messages.edited_at,
};

export type MessageRow = Omit<typeof messages.$inferSelect, 'n' | 'id'> & { id: string };
export type NewMessageRow = MessageRow;

/** A given id as the number that messages are ordered by. */
const number = (id: SQL | string) => sql`cast(${id} as integer)`;

const byId = prepared((orm) =>
  orm
    .select(columns)
    .from(messages)
    .where(eq(messages.n, number(sql`${sql.placeholder('id')}`)))
    .prepare(),
);
const insert = prepared((orm) =>
  orm
    .insert(messages)
    .values({
      n: sql.placeholder('id'),
      channel_id: sql.placeholder('channel_id'),
      space_id: sql.placeholder('space_id'),
      author_id: sql.placeholder('author_id'),
      type: sql.placeholder('type'),
      content: sql.placeholder('content'),
      title: sql.placeholder('title'),
      tts: sql.placeholder('tts'),
      mention_everyone: sql.placeholder('mention_everyone'),
      mentions: sql.placeholder('mentions'),
      embeds: sql.placeholder('embeds'),
      reply_to: sql.placeholder('reply_to'),
      thread_id: sql.placeholder('thread_id'),
      active_at: sql.placeholder('active_at'),
    })
    .prepare(),
);
const setLast = prepared((orm) =>
  orm
    .update(channels)
    .set({ last_message_id: sql`${sql.placeholder('last_message_id')}` })
    .where(eq(channels.id, sql.placeholder('id')))
    .prepare(),
);

export function findMessage(db: Db, id: string): MessageRow | undefined {
  return byId(db).get({ id });
}

export function insertMessage(tx: Tx, row: NewMessageRow): void {
  insert(tx).run(row);
}

/** Notes the newest message of the channel's main feed. */
export function setLastMessage(tx: Tx, channel_id: string, last_message_id: string | null): void {
  setLast(tx).run({ id: channel_id, last_message_id });
}

/** The newest message of the main feed; null for an empty channel. */
export function newestMessage(db: Db, channel_id: string): string | null {
  const row = db.sqlite
    .query<{ id: string }, [string]>(
      'SELECT id FROM messages WHERE channel_id = ? AND thread_id IS NULL ORDER BY n DESC LIMIT 1',
    )
    .get(channel_id);
  return row?.id ?? null;
}

export function updateMessage(tx: Tx, id: string, change: Partial<Omit<MessageRow, 'id'>>): void {
  tx.orm
    .update(messages)
    .set(change)
    .where(eq(messages.n, number(id)))
    .run();
}

export function deleteMessageRows(tx: Tx, ids: readonly string[]): void {
  const remove = tx.sqlite.query('DELETE FROM messages WHERE n = cast(? as integer)');
  for (const id of ids) remove.run(id);
}

// Pages ------------------------------------------------------------------------------------------

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

// What hangs on messages -------------------------------------------------------------------------

/** Ids of replies in a thread, oldest first. */
export function repliesIn(db: Db, thread_id: string, limit: number): string[] {
  return threads
    .asc(db)
    .all({ thread_id, bound: '0', limit })
    .map(({ id }) => id);
}

/** Messages that answer this one. */
export function answersTo(db: Db, id: string, limit: number): MessageRow[] {
  return db.orm.select(columns).from(messages).where(eq(messages.reply_to, id)).limit(limit).all();
}

/** Adds to the number of replies of a thread's first message. */
export function countReply(tx: Tx, thread_id: string, by: 1 | -1, at_ms: number | null): void {
  tx.sqlite
    .query(
      `UPDATE messages SET reply_count = max(0, reply_count + ?2),
              last_reply_at = coalesce(?3, last_reply_at),
              active_at = iif(active_at IS NULL, NULL, coalesce(?3, active_at))
        WHERE n = cast(?1 as integer)`,
    )
    .run(thread_id, by, at_ms);
}

/** When the newest reply of a thread was written; null for none. */
export function lastReplyId(db: Db, thread_id: string): string | null {
  return threads.desc(db).all({ thread_id, bound: endOfTime, limit: 1 })[0]?.id ?? null;
}

const memberByName = prepared((orm) =>
  orm
    .select({ id: users.id })
    .from(users)
    .innerJoin(members, eq(members.user_id, users.id))
    .where(
      and(
        eq(users.username, sql.placeholder('username')),
        eq(members.space_id, sql.placeholder('space_id')),
      ),
    )
    .prepare(),
);

/** The member of that name; null when there is none. */
export function memberNamed(db: Db, space_id: string, username: string): string | null {
  return memberByName(db).get({ space_id, username })?.id ?? null;
}

/** When the user last wrote in a channel with slow mode; Unix milliseconds. */
export function lastSent(db: Db, channel_id: string, user_id: string): number | null {
  const row = db.orm
    .select({ sent_at: slow_mode.sent_at })
    .from(slow_mode)
    .where(and(eq(slow_mode.channel_id, channel_id), eq(slow_mode.user_id, user_id)))
    .get();
  return row?.sent_at ?? null;
}

export function noteSent(tx: Tx, channel_id: string, user_id: string, sent_at: number): void {
  tx.orm
    .insert(slow_mode)
    .values({ channel_id, user_id, sent_at })
    .onConflictDoUpdate({ target: [slow_mode.channel_id, slow_mode.user_id], set: { sent_at } })
    .run();
}

/** Notes that a member was welcomed; false when that was so already. */
export function introduce(tx: Tx, space_id: string, user_id: string): boolean {
  const fresh = tx.orm
    .insert(introductions)
    .values({ space_id, user_id })
    .onConflictDoNothing()
    .returning({ user_id: introductions.user_id })
    .all();
  return fresh.length > 0;
}

/** Notes work for later turns. */
export function clearLater(
  tx: Tx,
  kind: 'thread' | 'answers',
  target_id: string,
  channel_id: string,
): void {
  tx.orm.insert(clearings).values({ kind, target_id, channel_id }).run();
}

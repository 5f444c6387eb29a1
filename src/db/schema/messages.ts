// Tables of messages, reactions, slow mode and nonces.
import { sql } from 'drizzle-orm';
import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core';
import { flag, json, snowflakeNumber, time } from './columns.ts';
import { users } from './people.ts';
import { channels } from './spaces.ts';

/**
 * The `type` of a message that was deleted and stays, emptied, while others' answers in its thread
 * do. Clients see another one.
 */
export const tombstone = 'tombstone';

/** Also the columns of views of `messages`. */
export const messageColumns = {
  /** The id as a number: orders messages, and is the search index's rowid. Never selected. */
  n: snowflakeNumber('n').primaryKey(),
  id: text('id').generatedAlwaysAs(sql`cast(n as text)`, { mode: 'virtual' }),
  /** No foreign key: the indexes are partial, so deleting a channel would scan all messages. */
  channel_id: text('channel_id').notNull(),
  space_id: text('space_id'),
  author_id: text('author_id')
    .notNull()
    .references(() => users.id),
  type: text('type').notNull().default('default'),
  content: text('content').notNull(),
  title: text('title'),
  tts: flag('tts').notNull().default(false),
  mention_everyone: flag('mention_everyone').notNull().default(false),
  /** JSON array of user ids; null if there are none. */
  mentions: json<string[]>('mentions'),
  /** JSON array of the author's embeds; null if there are none. */
  embeds: json<object[]>('embeds'),
  /** JSON array of embeds made from links in the content; shown if the author gave none. */
  previews: json<object[]>('previews'),
  reply_to: text('reply_to'),
  thread_id: text('thread_id'),
  /** Number of replies in the thread that this message begins. */
  reply_count: integer('reply_count').notNull().default(0),
  last_reply_at: time('last_reply_at'),
  /** For forum posts only: the time in the id of the last reply, or of the post; orders posts. */
  active_at: time('active_at'),
  pinned_at: time('pinned_at'),
  edited_at: time('edited_at'),
  /** When it was written, if the id does not tell (ids never go back); null if it does. */
  sent_at: time('sent_at'),
  /** JSON array of role ids; null if there are none. */
  mention_roles: json<string[]>('mention_roles'),
  /** Bits that the author chose: 4 for no previews, 4096 for no sound. */
  flags: integer('flags').notNull().default(0),
};

export const messages = sqliteTable('messages', messageColumns, (t) => [
  // Indexes end with the rowid, so each of these is also ordered by `n`.
  index('messages_feed')
    .on(t.channel_id)
    .where(sql`thread_id is null`),
  index('messages_thread')
    .on(t.thread_id)
    .where(sql`thread_id is not null`),
  index('messages_in_threads')
    .on(t.channel_id)
    .where(sql`thread_id is not null`),
  index('messages_replies')
    .on(t.reply_to)
    .where(sql`reply_to is not null`),
  index('messages_author').on(t.author_id, t.space_id),
  index('messages_activity')
    .on(t.channel_id, t.active_at)
    .where(sql`active_at is not null`),
  index('messages_pins')
    .on(t.channel_id, t.pinned_at)
    .where(sql`pinned_at is not null`),
  index('messages_threads')
    .on(t.channel_id)
    .where(sql`reply_count > 0`),
  index('messages_sent')
    .on(t.sent_at)
    .where(sql`sent_at is not null`),
  index('messages_broad')
    .on(t.channel_id)
    .where(sql`mention_everyone = 1 or mention_roles is not null`),
]);

/** Also the columns of views of `reactions`. */
export const reactionColumns = {
  /** The order in which reactions were added. */
  n: integer('n').primaryKey({ autoIncrement: true }),
  message_id: text('message_id').notNull(),
  emoji: text('emoji').notNull(),
  user_id: text('user_id').notNull(),
};

export const reactions = sqliteTable('reactions', reactionColumns, (t) => [
  uniqueIndex('reactions_one').on(t.message_id, t.emoji, t.user_id),
  index('reactions_user').on(t.user_id),
]);

/** When a member last wrote in a channel with slow mode, in steady time (`clock.steady()`). */
export const slow_mode = sqliteTable(
  'slow_mode',
  {
    channel_id: text('channel_id')
      .notNull()
      .references(() => channels.id, { onDelete: 'cascade' }),
    user_id: text('user_id').notNull(),
    sent_at: time('sent_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.channel_id, t.user_id] })],
);

/** The names that authors gave their messages, by which a request that is sent again is known. */
export const message_nonces = sqliteTable(
  'message_nonces',
  {
    author_id: text('author_id').notNull(),
    channel_id: text('channel_id').notNull(),
    nonce: text('nonce').notNull(),
    /** The message may be gone since. */
    message_id: text('message_id').notNull(),
    /** In steady time (`clock.steady()`). */
    sent_at: time('sent_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.channel_id, t.author_id, t.nonce] }),
    index('message_nonces_sent').on(t.sent_at),
  ],
);

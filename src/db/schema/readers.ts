// Tables of what each account has read, where it is mentioned, and what it has muted.
import { sql } from 'drizzle-orm';
import { index, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { snowflakeNumber, time } from './columns.ts';

/** How far an account has read a channel's main feed, or a thread. */
export const read_states = sqliteTable(
  'read_states',
  {
    user_id: text('user_id').notNull(),
    channel_id: text('channel_id').notNull(),
    /** The first message of the thread; '' for the main feed. */
    thread_id: text('thread_id').notNull().default(''),
    /** The newest message that was read, as a number; 0 in a thread that was not opened yet. */
    read_n: snowflakeNumber('read_n').notNull(),
    read_id: text('read_id').generatedAlwaysAs(sql`cast(read_n as text)`, { mode: 'virtual' }),
  },
  (t) => [
    primaryKey({ columns: [t.user_id, t.channel_id, t.thread_id] }),
    index('read_states_channel').on(t.channel_id),
  ],
);

/** Who is named by which message. Roles and @everyone are not here: they are counted at reading. */
export const message_mentions = sqliteTable(
  'message_mentions',
  {
    user_id: text('user_id').notNull(),
    channel_id: text('channel_id').notNull(),
    /** The first message of the thread that the message is in; '' for the main feed. */
    thread_id: text('thread_id').notNull().default(''),
    /** The message, as a number. */
    n: snowflakeNumber('n').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.user_id, t.channel_id, t.n] }),
    index('message_mentions_message').on(t.n),
    index('message_mentions_channel').on(t.channel_id),
  ],
);

/** Channels, categories and conversations that an account has muted. */
export const channel_mutes = sqliteTable(
  'channel_mutes',
  {
    user_id: text('user_id').notNull(),
    channel_id: text('channel_id').notNull(),
    created_at: time('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.user_id, t.channel_id] }),
    index('channel_mutes_oldest').on(t.user_id, t.created_at, t.channel_id),
    index('channel_mutes_channel').on(t.channel_id),
  ],
);

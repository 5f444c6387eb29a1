// Work lists for later turns: rows that are hidden and wait to be cleared.
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { snowflakeNumber } from './columns.ts';

/** Deleted things that are being cleared, a slice at a time. */
export const clearings = sqliteTable('clearings', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  kind: text('kind').notNull(),
  target_id: text('target_id').notNull(),
  /** The channel that the target is or was in, for targets that belong to messages. */
  channel_id: text('channel_id'),
});

// Hidden messages and reactions, to be cleared; the views leave them out (see `views.ts`).

/** Hidden messages and reactions of an account that is deleted, up to these numbers, wherever they are. */
export const hidden_accounts = sqliteTable(
  'hidden_accounts',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    user_id: text('user_id').notNull(),
    until_n: snowflakeNumber('until_n').notNull(),
    reactions_until_n: integer('reactions_until_n').notNull(),
    /** How far the work is: the space or conversation that is done; "" at first. */
    done: text('done').notNull().default(''),
  },
  (t) => [index('hidden_accounts_user').on(t.user_id)],
);

/** Hidden messages of an author in a space, from one id to another, both included. */
export const hidden_authors = sqliteTable(
  'hidden_authors',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    author_id: text('author_id').notNull(),
    space_id: text('space_id').notNull(),
    from_n: snowflakeNumber('from_n').notNull(),
    until_n: snowflakeNumber('until_n').notNull(),
  },
  (t) => [index('hidden_authors_space').on(t.space_id, t.author_id, t.from_n, t.until_n)],
);

/** Hidden replies to a deleted message. */
export const hidden_threads = sqliteTable('hidden_threads', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  thread_id: text('thread_id').notNull(),
  channel_id: text('channel_id').notNull(),
});

/** Hidden answers of an author in a thread that stays; `from_n` is the last one looked at. */
export const hidden_answers = sqliteTable(
  'hidden_answers',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    thread_id: text('thread_id').notNull(),
    author_id: text('author_id').notNull(),
    channel_id: text('channel_id').notNull(),
    from_n: snowflakeNumber('from_n').notNull(),
    until_n: snowflakeNumber('until_n').notNull(),
  },
  (t) => [index('hidden_answers_thread').on(t.thread_id, t.author_id, t.until_n)],
);

/** Hidden reactions to a message, up to `until_n`: those with one emoji, or all if it is ''. */
export const hidden_reactions = sqliteTable(
  'hidden_reactions',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    message_id: text('message_id').notNull(),
    emoji: text('emoji').notNull(),
    until_n: integer('until_n').notNull(),
  },
  (t) => [index('hidden_reactions_message').on(t.message_id)],
);

/** Hidden reactions of an account in a space, up to `until_n`; `from_n` is the last one checked. */
export const hidden_reactors = sqliteTable(
  'hidden_reactors',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    user_id: text('user_id').notNull(),
    space_id: text('space_id').notNull(),
    from_n: integer('from_n').notNull().default(0),
    until_n: integer('until_n').notNull(),
  },
  (t) => [index('hidden_reactors_user').on(t.user_id)],
);

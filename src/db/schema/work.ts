// Tables of work that goes on after an answer: what is hidden, and what is being cleared.
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { snowflakeNumber } from './columns.ts';

/** What was deleted and is being cleared, a slice at a time. */
export const clearings = sqliteTable('clearings', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  kind: text('kind', { enum: ['space', 'channel', 'answers', 'memberships', 'role'] }).notNull(),
  target_id: text('target_id').notNull(),
  /** Where the target is or was, for what hangs on messages. */
  channel_id: text('channel_id'),
});

// What is hidden and being cleared; the views of messages and reactions leave it out (see `views.ts`).

/** Messages of an author in a space, from one id to another. */
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

/** Replies of a message that is gone. */
export const hidden_threads = sqliteTable('hidden_threads', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  thread_id: text('thread_id').notNull(),
  channel_id: text('channel_id').notNull(),
});

/** Reactions of a message up to a number: those with one emoji, or all (''). */
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

/** Reactions of an account in a space up to a number; `from_n` is the last that was looked at. */
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

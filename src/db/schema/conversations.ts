// Tables of direct messages and groups: who takes part, and the keys of those who encrypt.
import { sql } from 'drizzle-orm';
import { index, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import { flag, time } from './columns.ts';
import { users } from './people.ts';
import { channels } from './spaces.ts';

/** Who takes part in a conversation, and who did: former authors stay, by `left_at`. */
export const conversation_people = sqliteTable(
  'conversation_people',
  {
    channel_id: text('channel_id')
      .notNull()
      .references(() => channels.id, { onDelete: 'cascade' }),
    /** No cascade: an account that took part stays, even when it is deleted. */
    user_id: text('user_id')
      .notNull()
      .references(() => users.id),
    joined_at: time('joined_at').notNull(),
    /** Whether this person has closed the window, which opens again with the next message. */
    closed: flag('closed').notNull().default(false),
    /** Null for those who take part. */
    left_at: time('left_at'),
  },
  (t) => [
    primaryKey({ columns: [t.channel_id, t.user_id] }),
    index('conversation_people_user').on(t.user_id),
    // Closed ones are many and seldom asked for.
    index('conversation_people_open')
      .on(t.user_id)
      .where(sql`left_at is null and closed = 0`),
  ],
);

/** The conversation of each two people; `low_id` is the lesser id, as text. */
export const dm_pairs = sqliteTable(
  'dm_pairs',
  {
    low_id: text('low_id').notNull(),
    high_id: text('high_id').notNull(),
    channel_id: text('channel_id')
      .notNull()
      .references(() => channels.id, { onDelete: 'cascade' }),
  },
  (t) => [
    primaryKey({ columns: [t.low_id, t.high_id] }),
    uniqueIndex('dm_pairs_channel').on(t.channel_id),
    index('dm_pairs_high').on(t.high_id),
  ],
);

/** Public keys with which clients encrypt for an account; registered once. */
export const encryption_keys = sqliteTable('encryption_keys', {
  user_id: text('user_id')
    .primaryKey()
    .references(() => users.id, { onDelete: 'cascade' }),
  /** X25519 and Ed25519: 32 bytes each, in padded base64. */
  exchange_key: text('exchange_key').notNull(),
  signing_key: text('signing_key').notNull(),
  created_at: time('created_at').notNull(),
});

// The table of accounts in voice channels.
import { sql } from 'drizzle-orm';
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { flag, time } from './columns.ts';
import { users } from './people.ts';

/** Accounts in voice channels; kept in the database, so that a restart ends no call. */
export const voice_states = sqliteTable(
  'voice_states',
  {
    user_id: text('user_id')
      .primaryKey()
      .references(() => users.id, { onDelete: 'cascade' }),
    space_id: text('space_id'),
    channel_id: text('channel_id').notNull(),
    /** The id shown to clients: a gateway session's, or one made for a join over REST. */
    session_id: text('session_id').notNull(),
    /** Whether `session_id` is a gateway session; the voice state ends with it. */
    bound: flag('bound').notNull().default(false),
    self_mute: flag('self_mute').notNull().default(false),
    self_deaf: flag('self_deaf').notNull().default(false),
    self_stream: flag('self_stream').notNull().default(false),
    self_video: flag('self_video').notNull().default(false),
    /** As a moderator set it; the value that was told last. */
    mute: flag('mute').notNull().default(false),
    deaf: flag('deaf').notNull().default(false),
    /** The participant's grants in LiveKit's room, as bits; the voice feature defines them. */
    grants: integer('grants').notNull().default(0),
    /** LiveKit's id of the participant; null until it was seen in LiveKit's room. */
    participant_sid: text('participant_sid'),
    since: time('since').notNull(),
  },
  (t) => [
    index('voice_states_channel').on(t.channel_id),
    index('voice_states_space')
      .on(t.space_id)
      .where(sql`space_id is not null`),
    index('voice_states_session').on(t.session_id),
  ],
);

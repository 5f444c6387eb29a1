// The table of who is in which voice channel.
import { sql } from 'drizzle-orm';
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { flag, time } from './columns.ts';
import { users } from './people.ts';

/** Who is in which voice channel; a table, so that a restart ends no call. */
export const voice_states = sqliteTable(
  'voice_states',
  {
    user_id: text('user_id')
      .primaryKey()
      .references(() => users.id, { onDelete: 'cascade' }),
    space_id: text('space_id'),
    channel_id: text('channel_id').notNull(),
    /** As the wire shows it: a gateway session's id, or one made for a REST join. */
    session_id: text('session_id').notNull(),
    /** Whether `session_id` is a gateway session, with which the state ends. */
    bound: flag('bound').notNull().default(false),
    self_mute: flag('self_mute').notNull().default(false),
    self_deaf: flag('self_deaf').notNull().default(false),
    self_stream: flag('self_stream').notNull().default(false),
    self_video: flag('self_video').notNull().default(false),
    /** What a moderator has set, as it was told last. */
    mute: flag('mute').notNull().default(false),
    deaf: flag('deaf').notNull().default(false),
    /** What the participant may do in LiveKit's room, as bits; see the voice feature's grants. */
    grants: integer('grants').notNull().default(0),
    /** LiveKit's id of the participant, once it was seen in the room. */
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

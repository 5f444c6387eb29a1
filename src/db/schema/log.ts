// Tables of what happened: the audit log, and the event log with the sessions that read it.
import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { flag, json, snowflakeNumber, time } from './columns.ts';
import { users } from './people.ts';
import { spaces } from './spaces.ts';

/** Who did what in a space by virtue of a permission, and how people came in. */
export const audit_entries = sqliteTable(
  'audit_entries',
  {
    /** The id as a number, and so the order of entries. Written, compared, never read. */
    n: snowflakeNumber('n').primaryKey(),
    id: text('id').generatedAlwaysAs(sql`cast(n as text)`, { mode: 'virtual' }),
    space_id: text('space_id')
      .notNull()
      .references(() => spaces.id),
    /** Who did it. */
    user_id: text('user_id')
      .notNull()
      .references(() => users.id),
    action_type: text('action_type').notNull(),
    target_type: text('target_type'),
    target_id: text('target_id'),
    reason: text('reason'),
    changes: json<Record<string, unknown>>('changes'),
    /** The channel that it tells of: read by whoever may view that, or could when it was deleted. */
    channel_id: text('channel_id'),
  },
  (t) => [
    // An index ends with the row number, so each of these is ordered by `n`.
    index('audit_entries_space').on(t.space_id),
    index('audit_entries_user').on(t.user_id, t.space_id),
    index('audit_entries_action').on(t.space_id, t.action_type),
    index('audit_entries_channel')
      .on(t.channel_id)
      .where(sql`channel_id is not null`),
  ],
);

export const events = sqliteTable(
  'events',
  {
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    at: time('at').notNull(),
    /** The bit number of the intent that it needs; null for none. */
    intent: integer('intent'),
    /** The message that it tells of; its rows go when the message is deleted. */
    subject: text('subject'),
    /** Scopes whose listeners did not hear it, although they hear one of its own; null for none. */
    hidden_from: json<string[]>('hidden_from'),
    /** The frame as it was sent. */
    bytes: text('bytes').notNull(),
  },
  (t) => [
    index('events_subject')
      .on(t.subject)
      .where(sql`subject is not null`),
  ],
);

/** One row: how far the log was pruned, and how large it is. */
export const event_log = sqliteTable('event_log', {
  id: integer('id').primaryKey(),
  pruned_seq: integer('pruned_seq').notNull().default(0),
  /** What the events up to `counted_seq` take. */
  size_bytes: integer('size_bytes').notNull().default(0),
  counted_seq: integer('counted_seq').notNull().default(0),
});

/** Who heard it: one row for each scope. */
export const event_scopes = sqliteTable(
  'event_scopes',
  {
    scope: text('scope').notNull(),
    seq: integer('seq').notNull(),
  },
  (t) => [primaryKey({ columns: [t.scope, t.seq] }), index('event_scopes_seq').on(t.seq)],
);

export const gateway_sessions = sqliteTable(
  'gateway_sessions',
  {
    id: text('id').primaryKey(),
    user_id: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** Revoking the token ends the session in the same turn; no cascade, or nobody would be told. */
    token_hash: text('token_hash').notNull(),
    /** Bits of the intents. */
    intents: integer('intents').notNull(),
    /** What the client said it runs on, such as `web`. */
    os: text('os').notNull().default(''),
    status: text('status').notNull(),
    activities: json<unknown[]>('activities').notNull().default([]),
    /** When its client chose that itself; 0 while it shows what the account showed before. */
    chosen_at: time('chosen_at').notNull().default(0),
    /** The number of the last change to what this session may hear. */
    moved_seq: integer('moved_seq').notNull().default(0),
    created_at: time('created_at').notNull(),
    /** Null while its socket is open. */
    dropped_at: time('dropped_at'),
    /** Whether presence and voice hang on it: no more once it was dropped for too long. */
    held: flag('held').notNull().default(true),
  },
  (t) => [
    index('gateway_sessions_user').on(t.user_id),
    index('gateway_sessions_token').on(t.token_hash),
    index('gateway_sessions_dropped')
      .on(t.dropped_at)
      .where(sql`dropped_at is not null`),
  ],
);

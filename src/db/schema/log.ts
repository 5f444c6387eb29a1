// Tables of the audit log, and of the event log with the sessions that read it.
import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { flag, json, snowflakeNumber, time } from './columns.ts';
import { users } from './people.ts';
import { spaces } from './spaces.ts';

/** The audit log: moderation and changes in a space, and how members joined. */
export const audit_entries = sqliteTable(
  'audit_entries',
  {
    /** The id as a number, which orders entries. Written and compared, but never selected. */
    n: snowflakeNumber('n').primaryKey(),
    id: text('id').generatedAlwaysAs(sql`cast(n as text)`, { mode: 'virtual' }),
    space_id: text('space_id')
      .notNull()
      .references(() => spaces.id),
    /** The account that did it. */
    user_id: text('user_id')
      .notNull()
      .references(() => users.id),
    action_type: text('action_type').notNull(),
    target_type: text('target_type'),
    target_id: text('target_id'),
    reason: text('reason'),
    changes: json<Record<string, unknown>>('changes'),
    /** The channel it is about. Readers must be able to view it, or to have done so at its end. */
    channel_id: text('channel_id'),
    /** When it was made, if the id does not tell (ids never go back); null if it does. */
    made_at: time('made_at'),
  },
  (t) => [
    // Indexes end with the rowid, so each of these is also ordered by `n`.
    index('audit_entries_space').on(t.space_id),
    index('audit_entries_user').on(t.user_id, t.space_id),
    index('audit_entries_action').on(t.space_id, t.action_type),
    index('audit_entries_channel')
      .on(t.channel_id)
      .where(sql`channel_id is not null`),
  ],
);

/** What instance admins did, and the operator at the machine. */
export const admin_entries = sqliteTable(
  'admin_entries',
  {
    /** The id as a number, which orders entries. Written and compared, but never selected. */
    n: snowflakeNumber('n').primaryKey(),
    id: text('id').generatedAlwaysAs(sql`cast(n as text)`, { mode: 'virtual' }),
    /** No foreign key: the log outlives accounts. Null for the operator at the machine. */
    user_id: text('user_id'),
    action_type: text('action_type').notNull(),
    target_type: text('target_type'),
    target_id: text('target_id'),
    reason: text('reason'),
    changes: json<Record<string, unknown>>('changes'),
    made_at: time('made_at').notNull(),
  },
  (t) => [
    // Indexes end with the rowid, so each of these is also ordered by `n`.
    index('admin_entries_user').on(t.user_id),
    index('admin_entries_action').on(t.action_type),
  ],
);

export const events = sqliteTable(
  'events',
  {
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    at: time('at').notNull(),
    /** The bit number of the intent that a session needs; null if it needs none. */
    intent: integer('intent'),
    /** The id of the message it is about; the event is deleted with the message. */
    subject: text('subject'),
    /** Scopes whose listeners did not get it, even if they hear one of its scopes; null if none. */
    hidden_from: json<string[]>('hidden_from'),
    /** The frame, as it was sent; or, where `sent_bytes` is given, what its message's row does not say of it. */
    bytes: text('bytes').notNull(),
    /** The account whose share of the log it takes; null for what the server does by itself. */
    account_id: text('account_id'),
    /** What it shows whole: of the events that show the same, only the newest is kept. */
    newest_of: text('newest_of'),
    /** The size of the frame in bytes, if `bytes` is not the frame. */
    sent_bytes: integer('sent_bytes'),
  },
  (t) => [
    index('events_subject')
      .on(t.subject)
      .where(sql`subject is not null`),
    // Ends with the rowid, so it is also ordered by `seq`.
    index('events_account')
      .on(t.account_id)
      .where(sql`account_id is not null`),
    index('events_newest')
      .on(t.newest_of)
      .where(sql`newest_of is not null`),
  ],
);

/** One row: the last pruned event and the size of the log. */
export const event_log = sqliteTable('event_log', {
  id: integer('id').primaryKey(),
  pruned_seq: integer('pruned_seq').notNull().default(0),
  /** Size of the events up to `counted_seq`. */
  size_bytes: integer('size_bytes').notNull().default(0),
  counted_seq: integer('counted_seq').notNull().default(0),
});

/** How much of the log each account takes, as far as the log is counted. */
export const event_shares = sqliteTable(
  'event_shares',
  {
    account_id: text('account_id').primaryKey(),
    size_bytes: integer('size_bytes').notNull(),
  },
  (t) => [index('event_shares_size').on(t.size_bytes)],
);

/** What was taken out of the log before its time: the newest of it, by scope and intent. */
export const event_gaps = sqliteTable(
  'event_gaps',
  {
    scope: text('scope').notNull(),
    /** The bit number of the intent; -1 if the event needed none. */
    intent: integer('intent').notNull(),
    seq: integer('seq').notNull(),
  },
  (t) => [primaryKey({ columns: [t.scope, t.intent] }), index('event_gaps_seq').on(t.seq)],
);

/**
 * The starts of the server: numbers between the last one before a start and its first one were
 * never given, or given in a time that a restore took back.
 */
export const event_starts = sqliteTable('event_starts', {
  /** The first number that can be given since this start. */
  first_seq: integer('first_seq').primaryKey(),
  /** The newest number in the database before it. */
  last_seq: integer('last_seq').notNull(),
});

/** The scopes of each event: one row for each scope. */
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
    /** No cascade: revoking the token ends the session in the same turn, and tells so. */
    token_hash: text('token_hash').notNull(),
    /** The intents as bits. */
    intents: integer('intents').notNull(),
    /** The platform that the client named, such as `web`. */
    os: text('os').notNull().default(''),
    status: text('status').notNull(),
    activities: json<unknown[]>('activities').notNull().default([]),
    /** When its client set the presence; 0 while it has the account's earlier presence. */
    chosen_at: time('chosen_at').notNull().default(0),
    /** The number of the last change to the scopes of this session. */
    moved_seq: integer('moved_seq').notNull().default(0),
    created_at: time('created_at').notNull(),
    /** When its socket closed; null while it is open. */
    dropped_at: time('dropped_at'),
    /** Whether it still counts for presence and voice; false once it is parked for too long. */
    held: flag('held').notNull().default(true),
    /** Whether frames that it needs were not sent yet: it cannot be resumed. */
    owed: flag('owed').notNull().default(false),
  },
  (t) => [
    index('gateway_sessions_user').on(t.user_id),
    index('gateway_sessions_token').on(t.token_hash),
    index('gateway_sessions_dropped')
      .on(t.dropped_at)
      .where(sql`dropped_at is not null`),
  ],
);

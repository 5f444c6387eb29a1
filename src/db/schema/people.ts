// Tables of accounts, friends and blocks, tokens and applications, and the settings of the whole server.
import { sql } from 'drizzle-orm';
import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core';
import { flag, json, time } from './columns.ts';

export const users = sqliteTable(
  'users',
  {
    id: text('id').primaryKey(),
    username: text('username').notNull(),
    display_name: text('display_name'),
    avatar: text('avatar'),
    banner: text('banner'),
    accent_color: integer('accent_color'),
    bio: text('bio'),
    bot: flag('bot').notNull().default(false),
    system: flag('system').notNull().default(false),
    is_admin: flag('is_admin').notNull().default(false),
    disabled: flag('disabled').notNull().default(false),
    mfa_enabled: flag('mfa_enabled').notNull().default(false),
    /** PHC string; null for accounts that cannot log in (bots and System). */
    password_hash: text('password_hash'),
    force_password_reset: flag('force_password_reset').notNull().default(false),
    /** The presence that the account has when it connects again. */
    status: text('status').notNull().default('online'),
    activities: json<unknown[]>('activities').notNull().default([]),
    created_at: time('created_at').notNull(),
    /** `display_name` in the form that search uses; "" if there is none. */
    folded_name: text('folded_name'),
    /** Who may open a conversation with the account, or add it to a group. */
    dm_policy: text('dm_policy', { enum: ['everyone', 'spaces', 'friends'] })
      .notNull()
      .default('everyone'),
    /** Not null: the account is deleted; the row stays while something names it. */
    deleted_at: time('deleted_at'),
  },
  (t) => [
    uniqueIndex('users_username').on(t.username),
    index('users_folded_name').on(t.folded_name, t.id),
    index('users_admins')
      .on(t.id)
      .where(sql`is_admin = 1`),
    index('users_deleted')
      .on(t.deleted_at, t.id)
      .where(sql`deleted_at is not null`),
  ],
);

/** User names that only one account may take for a while, or nobody: those that it had before. */
export const former_names = sqliteTable(
  'former_names',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    name: text('name').notNull(),
    /** The account that had it; null if a registration with that name was rejected. */
    user_id: text('user_id').references(() => users.id, { onDelete: 'cascade' }),
    since: time('since').notNull(),
    until: time('until').notNull(),
  },
  (t) => [
    index('former_names_name').on(t.name, t.until),
    index('former_names_user').on(t.user_id, t.since),
    index('former_names_until').on(t.until),
  ],
);

export const tokens = sqliteTable(
  'tokens',
  {
    /** SHA-256 of the token, lower-case hex. The token itself is kept nowhere. */
    hash: text('hash').primaryKey(),
    user_id: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    kind: text('kind', { enum: ['user', 'bot'] }).notNull(),
    created_at: time('created_at').notNull(),
    /** Order of issue within one account. */
    n: integer('n').notNull(),
    expires_at: time('expires_at'),
  },
  (t) => [index('tokens_user').on(t.user_id, t.n)],
);

/** From where accounts have logged in of late: others' failures do not lock them out there. */
export const login_addresses = sqliteTable(
  'login_addresses',
  {
    /** Of the account and its IPv4 address or IPv6 /64: the addresses themselves are not kept. */
    hash: text('hash').primaryKey(),
    user_id: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    seen_at: time('seen_at').notNull(),
  },
  (t) => [
    index('login_addresses_user').on(t.user_id, t.seen_at),
    index('login_addresses_seen').on(t.seen_at),
  ],
);

/** Tokens of guests, who read one space for an hour without an account. */
export const guest_tokens = sqliteTable(
  'guest_tokens',
  {
    /** SHA-256 of the token, lower-case hex. */
    hash: text('hash').primaryKey(),
    /** No foreign key: tokens of a deleted space give access to nothing. */
    space_id: text('space_id').notNull(),
    created_at: time('created_at').notNull(),
    expires_at: time('expires_at').notNull(),
  },
  (t) => [index('guest_tokens_expiry').on(t.expires_at)],
);

/** One row: the settings of the whole server. */
export const instance = sqliteTable('instance', {
  id: integer('id').primaryKey(),
  /** Set by the first registration, whose account becomes an instance admin; no later one does. */
  admin_claimed: flag('admin_claimed').notNull().default(false),
  server_name: text('server_name').notNull().default('Accord Server'),
  registration_policy: text('registration_policy', { enum: ['open', 'invite_only', 'closed'] })
    .notNull()
    .default('open'),
  motd: text('motd'),
  /** Bytes. */
  max_avatar_size: integer('max_avatar_size').notNull().default(2_097_152),
  max_emoji_size: integer('max_emoji_size').notNull().default(262_144),
  max_sound_size: integer('max_sound_size').notNull().default(2_097_152),
  max_attachment_size: integer('max_attachment_size').notNull().default(26_214_400),
  max_attachments_per_message: integer('max_attachments_per_message').notNull().default(10),
  /** For the whole server; 0 for no limit. */
  max_spaces: integer('max_spaces').notNull().default(0),
  max_members_per_space: integer('max_members_per_space').notNull().default(0),
  tos_enabled: flag('tos_enabled').notNull().default(true),
  /** Markdown; null if there is none. */
  tos_text: text('tos_text'),
  tos_version: integer('tos_version').notNull().default(1),
  tos_url: text('tos_url'),
  public_listing: flag('public_listing').notNull().default(false),
  updated_at: time('updated_at'),
  /** How many bytes one account may upload in 24 hours, 0 for any; null if the environment says it. */
  max_upload_per_day: integer('max_upload_per_day'),
  /** The address by which an instance admin came last; null if none did. */
  learned_address: text('learned_address'),
  /** 32 hex digits: what the addresses of preview pictures are made of, so that nobody makes others. */
  preview_key: text('preview_key'),
  /** Whether new accounts wait for an admin. */
  registration_approval: flag('registration_approval').notNull().default(false),
  /** Whether an invite to a space lets one register where that needs an invite. */
  members_may_invite: flag('members_may_invite').notNull().default(true),
  /** How many days logins are remembered with their whole addresses. */
  login_days: integer('login_days').notNull().default(30),
});

/** Friends, requests and blocks: one row for each side, which may differ from the other's. */
export const relationships = sqliteTable(
  'relationships',
  {
    user_id: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** The other one. */
    target_id: text('target_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** 1: friend; 2: blocked by `user_id`; 3: request from the other one; 4: request to them. */
    type: integer('type').notNull(),
    since: time('since').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.user_id, t.target_id] }),
    index('relationships_newest').on(t.user_id, t.since, t.target_id),
    index('relationships_target').on(t.target_id, t.type),
  ],
);

/** Programs with an account of their own, and their owners. */
export const applications = sqliteTable(
  'applications',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    description: text('description').notNull().default(''),
    bot_public: flag('bot_public').notNull().default(true),
    owner_id: text('owner_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    bot_user_id: text('bot_user_id')
      .notNull()
      .references(() => users.id),
    created_at: time('created_at').notNull(),
  },
  (t) => [
    index('applications_owner').on(t.owner_id, t.created_at),
    uniqueIndex('applications_bot').on(t.bot_user_id),
  ],
);

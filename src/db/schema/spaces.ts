// Tables of spaces: channels, roles, members, and who may come in.
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
import { users } from './people.ts';

/** Views of `spaces` have these, too. */
export const spaceColumns = {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  slug: text('slug').notNull(),
  description: text('description'),
  icon: text('icon'),
  banner: text('banner'),
  owner_id: text('owner_id')
    .notNull()
    .references(() => users.id),
  verification_level: text('verification_level').notNull().default('none'),
  default_notifications: text('default_notifications').notNull().default('all'),
  explicit_content_filter: text('explicit_content_filter').notNull().default('disabled'),
  preferred_locale: text('preferred_locale').notNull().default('en-US'),
  nsfw_level: text('nsfw_level').notNull().default('default'),
  afk_channel_id: text('afk_channel_id'),
  afk_timeout: integer('afk_timeout').notNull().default(300),
  system_channel_id: text('system_channel_id'),
  rules_channel_id: text('rules_channel_id'),
  public: flag('public').notNull().default(false),
  allow_guest_access: flag('allow_guest_access').notNull().default(true),
  created_at: time('created_at').notNull(),
  /** Hidden at once, cleared in slices (see `clearings`). */
  deleted_at: time('deleted_at'),
};

export const spaces = sqliteTable('spaces', spaceColumns, (t) => [
  // A deleted space gives its slug back at once.
  uniqueIndex('spaces_slug')
    .on(t.slug)
    .where(sql`deleted_at is null`),
  index('spaces_public')
    .on(t.name, t.id)
    .where(sql`public = 1 and deleted_at is null`),
  index('spaces_oldest')
    .on(t.created_at, t.id)
    .where(sql`deleted_at is null`),
]);

/** Channels of a space with the same rule for `view_channel` share a class; no other rule gets its id. */
export const visibility_classes = sqliteTable(
  'visibility_classes',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    space_id: text('space_id').notNull(),
    /** JSON: sorted [type, id, allow|deny] of `view_channel`, and whether anonymous reading is allowed. */
    signature: text('signature').notNull(),
    /** Whether deleted channels alone have it, and nobody hears it any more. */
    retired: flag('retired').notNull().default(false),
  },
  (t) => [uniqueIndex('visibility_classes_signature').on(t.space_id, t.retired, t.signature)],
);

/** Views of `channels` have these, too. */
export const channelColumns = {
  id: text('id').primaryKey(),
  type: text('type', {
    enum: ['text', 'announcement', 'voice', 'category', 'forum', 'dm', 'group_dm'],
  }).notNull(),
  space_id: text('space_id').references(() => spaces.id),
  /** No reference: it would need an index of its own. */
  class_id: integer('class_id'),
  name: text('name').notNull().default(''),
  topic: text('topic'),
  position: integer('position').notNull().default(0),
  parent_id: text('parent_id'),
  nsfw: flag('nsfw').notNull().default(false),
  /** Slow mode, in seconds between two messages of a member. */
  rate_limit: integer('rate_limit').notNull().default(0),
  bitrate: integer('bitrate'),
  user_limit: integer('user_limit'),
  owner_id: text('owner_id'),
  last_message_id: text('last_message_id'),
  archived: flag('archived').notNull().default(false),
  allow_anonymous_read: flag('allow_anonymous_read').notNull().default(false),
  created_at: time('created_at').notNull(),
  /** From then on the row says alone who may read what is kept of the channel, by its class. */
  deleted_at: time('deleted_at'),
};

export const channels = sqliteTable('channels', channelColumns, (t) => [
  index('channels_space').on(t.space_id, t.deleted_at, t.position),
  index('channels_class').on(t.class_id, t.deleted_at),
]);

export const overwrites = sqliteTable(
  'overwrites',
  {
    channel_id: text('channel_id')
      .notNull()
      .references(() => channels.id, { onDelete: 'cascade' }),
    /** A role's or a user's id. */
    id: text('id').notNull(),
    type: text('type', { enum: ['role', 'member'] }).notNull(),
    allow: json<string[]>('allow').notNull(),
    deny: json<string[]>('deny').notNull(),
  },
  (t) => [primaryKey({ columns: [t.channel_id, t.id] }), index('overwrites_id').on(t.id)],
);

/** Views of `roles` have these, too. */
export const roleColumns = {
  id: text('id').primaryKey(),
  space_id: text('space_id')
    .notNull()
    .references(() => spaces.id),
  name: text('name').notNull(),
  color: integer('color').notNull().default(0),
  hoist: flag('hoist').notNull().default(false),
  icon: text('icon'),
  /** 0 is @everyone, exactly one of a space; below 0: deleted, and being taken from its members. */
  position: integer('position').notNull(),
  permissions: json<string[]>('permissions').notNull(),
  managed: flag('managed').notNull().default(false),
  mentionable: flag('mentionable').notNull().default(false),
};

export const roles = sqliteTable('roles', roleColumns, (t) => [
  index('roles_space').on(t.space_id, t.position),
]);

export const members = sqliteTable(
  'members',
  {
    space_id: text('space_id')
      .notNull()
      .references(() => spaces.id),
    user_id: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    nickname: text('nickname'),
    avatar: text('avatar'),
    deaf: flag('deaf').notNull().default(false),
    mute: flag('mute').notNull().default(false),
    timed_out_until: time('timed_out_until'),
    /** Came by a temporary invite: leaves with the last session unless a role was given. */
    temporary: flag('temporary').notNull().default(false),
    joined_at: time('joined_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.space_id, t.user_id] }), index('members_user').on(t.user_id)],
);

export const member_roles = sqliteTable(
  'member_roles',
  {
    space_id: text('space_id').notNull(),
    user_id: text('user_id').notNull(),
    role_id: text('role_id')
      .notNull()
      .references(() => roles.id, { onDelete: 'cascade' }),
  },
  (t) => [
    primaryKey({ columns: [t.space_id, t.user_id, t.role_id] }),
    index('member_roles_role').on(t.role_id),
  ],
);

/** Who was welcomed once; survives leaving and coming back. */
export const introductions = sqliteTable(
  'introductions',
  {
    space_id: text('space_id').notNull(),
    user_id: text('user_id').notNull(),
  },
  (t) => [primaryKey({ columns: [t.space_id, t.user_id] })],
);

/** What moderators set on a member who left meanwhile; it holds again when they come back. */
export const kept_sanctions = sqliteTable(
  'kept_sanctions',
  {
    space_id: text('space_id').notNull(),
    user_id: text('user_id').notNull(),
    timed_out_until: time('timed_out_until'),
    mute: flag('mute').notNull(),
    deaf: flag('deaf').notNull(),
  },
  (t) => [primaryKey({ columns: [t.space_id, t.user_id] })],
);

export const bans = sqliteTable(
  'bans',
  {
    space_id: text('space_id')
      .notNull()
      .references(() => spaces.id),
    user_id: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    reason: text('reason'),
    banned_by: text('banned_by'),
    created_at: time('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.space_id, t.user_id] }),
    index('bans_newest').on(t.space_id, t.created_at, t.user_id),
    index('bans_user').on(t.user_id),
  ],
);

export const invites = sqliteTable(
  'invites',
  {
    code: text('code').primaryKey(),
    space_id: text('space_id')
      .notNull()
      .references(() => spaces.id),
    channel_id: text('channel_id'),
    /** Null for the one that the server itself keeps for its first space; '' for who left without a trace. */
    inviter_id: text('inviter_id'),
    /** Null, 0 or below: any number. */
    max_uses: integer('max_uses'),
    uses: integer('uses').notNull().default(0),
    /** Seconds; null, 0 or below: it never expires. */
    max_age: integer('max_age'),
    temporary: flag('temporary').notNull().default(false),
    created_at: time('created_at').notNull(),
    expires_at: time('expires_at'),
  },
  (t) => [
    index('invites_space').on(t.space_id, t.created_at, t.code),
    index('invites_channel')
      .on(t.channel_id)
      .where(sql`channel_id is not null`),
    index('invites_expiry')
      .on(t.expires_at)
      .where(sql`expires_at is not null`),
  ],
);

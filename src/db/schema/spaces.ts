// Tables of spaces: channels, roles, members, bans and invites.
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

/** Also the columns of views of `spaces`. */
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
  /** Not null: the space is hidden at once and cleared in slices (see `clearings`). */
  deleted_at: time('deleted_at'),
};

export const spaces = sqliteTable('spaces', spaceColumns, (t) => [
  // The slug of a deleted space is free at once.
  uniqueIndex('spaces_slug')
    .on(t.slug)
    .where(sql`deleted_at is null`),
  index('spaces_public')
    .on(t.name, t.id)
    .where(sql`public = 1 and deleted_at is null`),
  index('spaces_oldest')
    .on(t.created_at, t.id)
    .where(sql`deleted_at is null`),
  index('spaces_owner').on(t.owner_id),
]);

/** Channels of a space with the same rule for `view_channel` share a class; ids are not reused. */
export const visibility_classes = sqliteTable(
  'visibility_classes',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    space_id: text('space_id').notNull(),
    /** JSON: sorted [type, id, allow|deny] for `view_channel`, and `allow_anonymous_read`. */
    signature: text('signature').notNull(),
    /** Whether only deleted channels have it, so that nobody hears it any more. */
    retired: flag('retired').notNull().default(false),
  },
  (t) => [uniqueIndex('visibility_classes_signature').on(t.space_id, t.retired, t.signature)],
);

/** Also the columns of views of `channels`. */
export const channelColumns = {
  id: text('id').primaryKey(),
  type: text('type', {
    enum: ['text', 'announcement', 'voice', 'category', 'forum', 'dm', 'group_dm'],
  }).notNull(),
  space_id: text('space_id').references(() => spaces.id),
  /** No foreign key: it would need an index of its own. */
  class_id: integer('class_id'),
  name: text('name').notNull().default(''),
  topic: text('topic'),
  position: integer('position').notNull().default(0),
  parent_id: text('parent_id'),
  nsfw: flag('nsfw').notNull().default(false),
  /** Slow mode: seconds between two messages of a member. */
  rate_limit: integer('rate_limit').notNull().default(0),
  bitrate: integer('bitrate'),
  user_limit: integer('user_limit'),
  owner_id: text('owner_id'),
  last_message_id: text('last_message_id'),
  archived: flag('archived').notNull().default(false),
  allow_anonymous_read: flag('allow_anonymous_read').notNull().default(false),
  created_at: time('created_at').notNull(),
  /** Not null: the row is a tombstone, whose class says who may read records about the channel. */
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
    /** The id of a role or a user. */
    id: text('id').notNull(),
    type: text('type', { enum: ['role', 'member'] }).notNull(),
    allow: json<string[]>('allow').notNull(),
    deny: json<string[]>('deny').notNull(),
  },
  (t) => [primaryKey({ columns: [t.channel_id, t.id] }), index('overwrites_id').on(t.id)],
);

/** Also the columns of views of `roles`. */
export const roleColumns = {
  id: text('id').primaryKey(),
  space_id: text('space_id')
    .notNull()
    .references(() => spaces.id),
  name: text('name').notNull(),
  color: integer('color').notNull().default(0),
  hoist: flag('hoist').notNull().default(false),
  icon: text('icon'),
  /** 0: @everyone, exactly one in each space. Below 0: deleted, and being removed from members. */
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
    /** Joined by a temporary invite: leaves with the last session, unless given a role. */
    temporary: flag('temporary').notNull().default(false),
    joined_at: time('joined_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.space_id, t.user_id] }), index('members_user').on(t.user_id)],
);

/** The names of each member as they are looked up, for the index `member_search`, which goes by `n`. */
export const member_names = sqliteTable(
  'member_names',
  {
    n: integer('n').primaryKey({ autoIncrement: true }),
    space_id: text('space_id').notNull(),
    user_id: text('user_id').notNull(),
    /** Folded username, nickname and display name, a line for each. */
    names: text('names').notNull(),
  },
  (t) => [uniqueIndex('member_names_member').on(t.space_id, t.user_id)],
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

/** Members who were welcomed once; kept when they leave, so that nobody is welcomed twice. */
export const introductions = sqliteTable(
  'introductions',
  {
    space_id: text('space_id').notNull(),
    user_id: text('user_id').notNull(),
  },
  (t) => [primaryKey({ columns: [t.space_id, t.user_id] })],
);

/** Sanctions of members who left; they apply again when the member comes back. */
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
    /** Null for the server's own invite to its first space; '' if the inviter must not be named. */
    inviter_id: text('inviter_id'),
    /** Null, 0 or below: no limit. */
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

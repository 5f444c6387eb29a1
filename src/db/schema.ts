// All tables, on one page. STRICT, WITHOUT ROWID and what Drizzle cannot say stand in the migrations.
import { sql } from 'drizzle-orm';
import {
  customType,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core';

/** A snowflake kept as SQLite's 64 bit integer. Bound as text; never selected, since a number would round it. */
const snowflakeNumber = customType<{ data: string; driverData: string }>({
  dataType: () => 'integer',
});

const json = <T>(name: string) => text(name, { mode: 'json' }).$type<T>();
const flag = (name: string) => integer(name, { mode: 'boolean' });
/** Unix milliseconds. */
const time = (name: string) => integer(name);

// People and programs -------------------------------------------------------------------------

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
    /** PHC string; null for accounts that cannot log in (bots, System). */
    password_hash: text('password_hash'),
    force_password_reset: flag('force_password_reset').notNull().default(false),
    /** The presence to come back with. */
    status: text('status').notNull().default('online'),
    activities: json<unknown[]>('activities').notNull().default([]),
    created_at: time('created_at').notNull(),
    /** What `display_name` is found by; "" for none. */
    folded_name: text('folded_name'),
  },
  (t) => [
    uniqueIndex('users_username').on(t.username),
    index('users_folded_name').on(t.folded_name, t.id),
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

/** Tokens of people without an account, who read one space for an hour. */
export const guest_tokens = sqliteTable(
  'guest_tokens',
  {
    /** SHA-256 of the token, lower-case hex. */
    hash: text('hash').primaryKey(),
    /** No reference: what is left of a space that is gone opens nothing. */
    space_id: text('space_id').notNull(),
    created_at: time('created_at').notNull(),
    expires_at: time('expires_at').notNull(),
  },
  (t) => [index('guest_tokens_expiry').on(t.expires_at)],
);

/** One row: what holds for the whole server. */
export const instance = sqliteTable('instance', {
  id: integer('id').primaryKey(),
  /** Set once, with the first registration: whoever comes first is admin, nobody after. */
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
  /** Of the whole server; 0 for any number. */
  max_spaces: integer('max_spaces').notNull().default(0),
  max_members_per_space: integer('max_members_per_space').notNull().default(0),
  tos_enabled: flag('tos_enabled').notNull().default(true),
  /** Markdown; null for none. */
  tos_text: text('tos_text'),
  tos_version: integer('tos_version').notNull().default(1),
  tos_url: text('tos_url'),
  public_listing: flag('public_listing').notNull().default(false),
  updated_at: time('updated_at'),
});

// Spaces ----------------------------------------------------------------------------------------

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

export const emojis = sqliteTable(
  'emojis',
  {
    id: text('id').primaryKey(),
    space_id: text('space_id')
      .notNull()
      .references(() => spaces.id),
    name: text('name').notNull(),
    animated: flag('animated').notNull().default(false),
    /** Ending of the image's file: png, jpg, gif or webp; a PNG still stands beside all but the first. */
    extension: text('extension').notNull(),
    creator_id: text('creator_id'),
    created_at: time('created_at').notNull(),
  },
  (t) => [uniqueIndex('emojis_name').on(t.space_id, t.name)],
);

/** Who may use an emoji; without a row everyone may. */
export const emoji_roles = sqliteTable(
  'emoji_roles',
  {
    emoji_id: text('emoji_id')
      .notNull()
      .references(() => emojis.id, { onDelete: 'cascade' }),
    /** Goes with the role; the emoji is told anew then, so the row is not left to a cascade. */
    role_id: text('role_id').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.emoji_id, t.role_id] }),
    index('emoji_roles_role').on(t.role_id),
  ],
);

/** Programs with an account of their own, and who owns them. */
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
  (t) => [index('applications_owner').on(t.owner_id, t.created_at)],
);

// Messages --------------------------------------------------------------------------------------

/** Views of `messages` have these, too. */
export const messageColumns = {
  /** The id as a number: the order of messages, and the row number of the search index. Written, compared, never read. */
  n: snowflakeNumber('n').primaryKey(),
  id: text('id').generatedAlwaysAs(sql`cast(n as text)`, { mode: 'virtual' }),
  /** No reference: the indexes are partial, so that removing a channel would read every message. */
  channel_id: text('channel_id').notNull(),
  space_id: text('space_id'),
  author_id: text('author_id')
    .notNull()
    .references(() => users.id),
  type: text('type').notNull().default('default'),
  content: text('content').notNull(),
  title: text('title'),
  tts: flag('tts').notNull().default(false),
  mention_everyone: flag('mention_everyone').notNull().default(false),
  /** JSON array of user ids; null for none. */
  mentions: json<string[]>('mentions'),
  /** JSON array of embeds as the author gave them; null for none. */
  embeds: json<object[]>('embeds'),
  /** JSON array of embeds made of the links in the content; shown where the author gave none. */
  previews: json<object[]>('previews'),
  reply_to: text('reply_to'),
  thread_id: text('thread_id'),
  /** Replies in the thread that this message begins. */
  reply_count: integer('reply_count').notNull().default(0),
  last_reply_at: time('last_reply_at'),
  /** Posts of forums only: the last reply, else the post itself. */
  active_at: time('active_at'),
  pinned_at: time('pinned_at'),
  edited_at: time('edited_at'),
};

export const messages = sqliteTable('messages', messageColumns, (t) => [
  // An index ends with the row number, so each of these is ordered by `n`.
  index('messages_feed')
    .on(t.channel_id)
    .where(sql`thread_id is null`),
  index('messages_thread')
    .on(t.thread_id)
    .where(sql`thread_id is not null`),
  index('messages_in_threads')
    .on(t.channel_id)
    .where(sql`thread_id is not null`),
  index('messages_replies')
    .on(t.reply_to)
    .where(sql`reply_to is not null`),
  index('messages_author').on(t.author_id, t.space_id),
  index('messages_activity')
    .on(t.channel_id, t.active_at)
    .where(sql`active_at is not null`),
  index('messages_pins')
    .on(t.channel_id, t.pinned_at)
    .where(sql`pinned_at is not null`),
  index('messages_threads')
    .on(t.channel_id)
    .where(sql`reply_count > 0`),
]);

export const attachments = sqliteTable(
  'attachments',
  {
    id: text('id').primaryKey(),
    message_id: text('message_id').notNull(),
    channel_id: text('channel_id').notNull(),
    /** As the uploader named it, cleaned for display. */
    filename: text('filename').notNull(),
    /** As it stands in the address. */
    safe_name: text('safe_name').notNull(),
    /** 128 random bits in the address: who does not know it does not find the file. */
    secret: text('secret').notNull(),
    content_type: text('content_type'),
    /** What the bytes say; null where they say nothing. */
    detected_type: text('detected_type'),
    size: integer('size').notNull(),
    width: integer('width'),
    height: integer('height'),
  },
  (t) => [index('attachments_message').on(t.message_id)],
);

/** Files to remove from the disk, written in the turn that removed their row. */
export const file_removals = sqliteTable('file_removals', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  path: text('path').notNull(),
});

/** Views of `reactions` have these, too. */
export const reactionColumns = {
  /** Order of first use. */
  n: integer('n').primaryKey({ autoIncrement: true }),
  message_id: text('message_id').notNull(),
  emoji: text('emoji').notNull(),
  user_id: text('user_id').notNull(),
};

export const reactions = sqliteTable('reactions', reactionColumns, (t) => [
  uniqueIndex('reactions_one').on(t.message_id, t.emoji, t.user_id),
  index('reactions_user').on(t.user_id),
]);

/** When a member last wrote in a channel with slow mode. */
export const slow_mode = sqliteTable(
  'slow_mode',
  {
    channel_id: text('channel_id')
      .notNull()
      .references(() => channels.id, { onDelete: 'cascade' }),
    user_id: text('user_id').notNull(),
    sent_at: time('sent_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.channel_id, t.user_id] })],
);

// Plugins ---------------------------------------------------------------------------------------

export const plugins = sqliteTable(
  'plugins',
  {
    id: text('id').primaryKey(),
    space_id: text('space_id')
      .notNull()
      .references(() => spaces.id),
    creator_id: text('creator_id').notNull(),
    name: text('name').notNull(),
    type: text('type', { enum: ['activity', 'bot', 'theme', 'command'] }).notNull(),
    runtime: text('runtime', { enum: ['scripted', 'native'] }).notNull(),
    description: text('description').notNull().default(''),
    version: text('version').notNull().default(''),
    entry_point: text('entry_point').notNull().default(''),
    /** 0 for any number. */
    max_participants: integer('max_participants').notNull().default(0),
    /** -1 for any number. */
    max_spectators: integer('max_spectators').notNull().default(0),
    lobby: flag('lobby').notNull().default(false),
    canvas_width: integer('canvas_width').notNull().default(480),
    canvas_height: integer('canvas_height').notNull().default(360),
    created_at: time('created_at').notNull(),
    updated_at: time('updated_at').notNull(),
  },
  (t) => [index('plugins_space').on(t.space_id, t.type, t.id)],
);

// Voice -----------------------------------------------------------------------------------------

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

// The event log and the sessions that read it ----------------------------------------------------

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

// Work that goes on after an answer ---------------------------------------------------------------

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

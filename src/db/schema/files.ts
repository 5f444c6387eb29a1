// Tables of uploaded files: attachments, emojis and plugins.
import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core';
import { flag, time } from './columns.ts';
import { spaces } from './spaces.ts';

export const emojis = sqliteTable(
  'emojis',
  {
    id: text('id').primaryKey(),
    space_id: text('space_id')
      .notNull()
      .references(() => spaces.id),
    name: text('name').notNull(),
    animated: flag('animated').notNull().default(false),
    /** Extension of the image: png, jpg, gif or webp; all but png have a still PNG beside. */
    extension: text('extension').notNull(),
    creator_id: text('creator_id'),
    created_at: time('created_at').notNull(),
  },
  (t) => [uniqueIndex('emojis_name').on(t.space_id, t.name)],
);

/** Roles that may use an emoji; without a row everyone may. */
export const emoji_roles = sqliteTable(
  'emoji_roles',
  {
    emoji_id: text('emoji_id')
      .notNull()
      .references(() => emojis.id, { onDelete: 'cascade' }),
    /** No cascade: code removes the row with the role, since it must also tell the emoji. */
    role_id: text('role_id').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.emoji_id, t.role_id] }),
    index('emoji_roles_role').on(t.role_id),
  ],
);

export const attachments = sqliteTable(
  'attachments',
  {
    id: text('id').primaryKey(),
    message_id: text('message_id').notNull(),
    channel_id: text('channel_id').notNull(),
    /** The uploader's name for it, cleaned for display. */
    filename: text('filename').notNull(),
    /** The name in the file's address. */
    safe_name: text('safe_name').notNull(),
    /** 128 random bits in the address: nobody can find the file without them. */
    secret: text('secret').notNull(),
    content_type: text('content_type'),
    /** The type found in the bytes; null if it is unknown. */
    detected_type: text('detected_type'),
    size: integer('size').notNull(),
    width: integer('width'),
    height: integer('height'),
    /** Who has uploaded it, and the space that it is in (null in conversations): for `storage_sums`. */
    author_id: text('author_id'),
    space_id: text('space_id'),
  },
  (t) => [index('attachments_message').on(t.message_id)],
);

/** Files to delete from disk; written in the turn that deleted their rows. */
export const file_removals = sqliteTable('file_removals', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  path: text('path').notNull(),
});

/** How many bytes accounts have uploaded of late, also those whose files are gone. */
export const uploads = sqliteTable(
  'uploads',
  {
    /** The account, or the one whose bot it is. */
    account_id: text('account_id').notNull(),
    /** The stretch of ten minutes, counted by the clock that never steps. */
    slot: integer('slot').notNull(),
    bytes: integer('bytes').notNull(),
  },
  (t) => [primaryKey({ columns: [t.account_id, t.slot] }), index('uploads_slot').on(t.slot)],
);

/** How much the attachments of each account and each space take. */
export const storage_sums = sqliteTable(
  'storage_sums',
  {
    kind: text('kind', { enum: ['account', 'space'] }).notNull(),
    id: text('id').notNull(),
    bytes: integer('bytes').notNull(),
    files: integer('files').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.kind, t.id] }),
    index('storage_sums_largest').on(t.kind, t.bytes, t.id),
  ],
);

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
    /** 0 for no limit. */
    max_participants: integer('max_participants').notNull().default(0),
    /** -1 for no limit. */
    max_spectators: integer('max_spectators').notNull().default(0),
    lobby: flag('lobby').notNull().default(false),
    canvas_width: integer('canvas_width').notNull().default(480),
    canvas_height: integer('canvas_height').notNull().default(360),
    created_at: time('created_at').notNull(),
    updated_at: time('updated_at').notNull(),
  },
  (t) => [index('plugins_space').on(t.space_id, t.type, t.id)],
);

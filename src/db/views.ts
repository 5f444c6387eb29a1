// The TEMP views that all reads go through: they leave out deleted and hidden rows.
import type { Database } from 'bun:sqlite';
import { getTableColumns, getTableName } from 'drizzle-orm';
import { integer, sqliteTable, text, type SQLiteTable } from 'drizzle-orm/sqlite-core';
import { epoch_ms } from '../lib/snowflake.ts';
import { messageColumns, reactionColumns, tombstone } from './schema/messages.ts';
import { channelColumns, roleColumns, spaceColumns } from './schema/spaces.ts';

const { deleted_at: _ofSpace, ...liveSpace } = spaceColumns;
const { deleted_at: _ofChannel, ...liveChannel } = channelColumns;
const { id: channelId, class_id } = channelColumns;

// Declared as tables, since Drizzle takes twice as long to read its own views.

export const live_spaces = sqliteTable('live_spaces', liveSpace);
export const live_channels = sqliteTable('live_channels', liveChannel);
/** The class of every channel, deleted ones included: it says who may read records about it. */
export const kept_channels = sqliteTable('kept_channels', { id: channelId, class_id });
export const live_roles = sqliteTable('live_roles', roleColumns);
export const shown_messages = sqliteTable('shown_messages', {
  ...messageColumns,
  id: text('id').notNull(),
  /** `reply_count` as stored, hidden replies included; the value that the index has. */
  reply_rows: integer('reply_rows').notNull(),
});
export const shown_reactions = sqliteTable('shown_reactions', reactionColumns);

/** Returns the SELECT of a view, with expressions for some of its columns. */
function selectOf(
  view: SQLiteTable,
  source: string,
  expressions: Record<string, string> = {},
): string {
  const columns = Object.keys(getTableColumns(view)).map(
    (name) => `${expressions[name] ?? name} AS ${name}`,
  );
  return `SELECT ${columns.join(', ')} FROM ${source}`;
}

const hasHiddenAuthor = (message: string) => `EXISTS (SELECT 1 FROM hidden_authors h
  WHERE h.space_id = ${message}.space_id AND h.author_id = ${message}.author_id
    AND ${message}.n BETWEEN h.from_n AND h.until_n)`;

const isOfDeleted = (message: string) => `EXISTS (SELECT 1 FROM hidden_accounts h
  WHERE h.user_id = ${message}.author_id AND ${message}.n <= h.until_n)`;

const isHidden = (message: string) => `(${hasHiddenAuthor(message)}
  OR ${isOfDeleted(message)}
  OR EXISTS (SELECT 1 FROM hidden_answers h
      WHERE h.thread_id = ${message}.thread_id AND h.author_id = ${message}.author_id
        AND ${message}.n <= h.until_n))`;

/** SQL for: no reply can be hidden, so the stored count and time are right. */
const isCounted = `reply_count = 0
  OR NOT EXISTS (SELECT 1 FROM hidden_authors WHERE space_id = messages.space_id)
     AND NOT EXISTS (SELECT 1 FROM hidden_answers WHERE thread_id = messages.id)
     AND NOT EXISTS (SELECT 1 FROM hidden_accounts)`;

const reply_rows = 'reply_count';

/** The columns about replies, computed without the hidden ones. */
const recounted = {
  reply_rows,
  reply_count: `iif(${isCounted}, reply_count, max(0, reply_count - (SELECT count(*) FROM messages r
    WHERE r.thread_id = messages.id AND ${isHidden('r')})))`,
  last_reply_at: `iif(${isCounted}, last_reply_at, (SELECT coalesce(r.sent_at, (r.n >> 22) + ${epoch_ms}) FROM messages r
    WHERE r.thread_id = messages.id AND NOT ${isHidden('r')} ORDER BY r.n DESC LIMIT 1))`,
};

/**
 * Views that are nearly always the plain table, since a filter makes every read slower. Each has
 * its lists of hidden rows, and the filtering SELECT to use while a list is not empty. Replies are
 * hidden as well if the message that began their thread is gone, and a tombstone if all its replies
 * are hidden.
 */
const shown = [
  {
    view: shown_messages,
    lists: ['hidden_accounts', 'hidden_authors', 'hidden_threads', 'hidden_answers'],
    plain: selectOf(shown_messages, 'messages', { reply_rows }),
    filtering: `${selectOf(shown_messages, 'messages', recounted)}
      WHERE NOT ${isHidden('messages')} AND (thread_id IS NULL OR EXISTS (
        SELECT 1 FROM messages parent WHERE parent.n = cast(messages.thread_id AS integer)))
        AND (type <> '${tombstone}' OR EXISTS (
        SELECT 1 FROM messages r WHERE r.thread_id = messages.id AND NOT ${isHidden('r')}))`,
  },
  {
    view: shown_reactions,
    lists: ['hidden_accounts', 'hidden_reactions', 'hidden_reactors'],
    plain: selectOf(shown_reactions, 'reactions'),
    filtering: `${selectOf(shown_reactions, 'reactions')}
      WHERE NOT EXISTS (SELECT 1 FROM hidden_reactions h
              WHERE h.message_id = reactions.message_id AND h.emoji IN ('', reactions.emoji)
                AND reactions.n <= h.until_n)
        AND NOT EXISTS (SELECT 1 FROM hidden_reactors h
              JOIN messages m ON m.n = cast(reactions.message_id AS integer) AND m.space_id = h.space_id
             WHERE h.user_id = reactions.user_id AND reactions.n <= h.until_n)
        AND NOT EXISTS (SELECT 1 FROM hidden_accounts h
             WHERE h.user_id = reactions.user_id AND reactions.n <= h.reactions_until_n)`,
  },
];

/** Makes the views of a new connection: TEMP views belong to one connection. */
export function makeViews(sqlite: Database): void {
  put(sqlite, live_spaces, selectOf(live_spaces, 'spaces WHERE deleted_at IS NULL'));
  put(sqlite, live_channels, selectOf(live_channels, 'channels WHERE deleted_at IS NULL'));
  put(sqlite, kept_channels, selectOf(kept_channels, 'channels'));
  put(sqlite, live_roles, selectOf(live_roles, 'roles WHERE position >= 0'));
  matchHidden(sqlite);
}

/**
 * Switches the views of messages and reactions to plain or filtering, as the lists of hidden rows
 * require. A rollback of the turn undoes it. Prepared statements follow, but one that is still
 * stepping through its rows would break: none may stay open.
 */
export function matchHidden(sqlite: Database): void {
  for (const { view, lists, plain, filtering } of shown) {
    const isAnyHidden = lists.some(
      (list) => sqlite.query(`SELECT 1 FROM ${list} LIMIT 1`).get() !== null,
    );
    put(sqlite, view, isAnyHidden ? filtering : plain);
  }
}

function put(sqlite: Database, view: SQLiteTable, definition: string): void {
  const name = getTableName(view);
  const known = sqlite
    .query<{ sql: string }, [string]>('SELECT sql FROM sqlite_temp_schema WHERE name = ?')
    .get(name);
  if (known?.sql.endsWith(definition)) return;
  if (known) sqlite.run(`DROP VIEW temp.${name}`);
  sqlite.run(`CREATE TEMP VIEW ${name} AS ${definition}`);
}

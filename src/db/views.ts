// The TEMP views that everything reads through: what is there, without what is deleted or hidden.
import type { Database } from 'bun:sqlite';
import { getTableColumns, getViewName, getViewSelectedFields, isNull, sql } from 'drizzle-orm';
import { getViewConfig, SQLiteSyncDialect, sqliteView } from 'drizzle-orm/sqlite-core';
import { epoch_ms } from '../lib/snowflake.ts';
import { channels, messages, reactions, roles, spaces } from './schema.ts';

const { deleted_at: space_deleted_at, ...ofSpace } = getTableColumns(spaces);
const { deleted_at: channel_deleted_at, ...ofChannel } = getTableColumns(channels);

export const live_spaces = sqliteView('live_spaces').as((query) =>
  query.select(ofSpace).from(spaces).where(isNull(space_deleted_at)),
);
export const live_channels = sqliteView('live_channels').as((query) =>
  query.select(ofChannel).from(channels).where(isNull(channel_deleted_at)),
);
/** Of every channel, deleted ones included, what says who may read what is kept of it. */
export const kept_channels = sqliteView('kept_channels').as((query) =>
  query.select({ id: channels.id, class_id: channels.class_id }).from(channels),
);
export const live_roles = sqliteView('live_roles').as((query) =>
  query
    .select()
    .from(roles)
    .where(sql`${roles.position} >= 0`),
);
export const shown_messages = sqliteView('shown_messages').as((query) =>
  query
    .select({
      ...getTableColumns(messages),
      id: sql<string>`${messages.id}`.as('id'),
      /** The count as the row has it, which is what the index knows: hidden replies are among them. */
      reply_rows: sql<number>`${messages.reply_count}`.as('reply_rows'),
    })
    .from(messages),
);
export const shown_reactions = sqliteView('shown_reactions').as((query) =>
  query.select().from(reactions),
);

type View = Parameters<typeof getViewConfig>[0];

const dialect = new SQLiteSyncDialect();

/** The SELECT that a view stands for when nothing is hidden. */
function plain(view: View): string {
  const { query } = getViewConfig(view);
  if (query === undefined) throw new Error(`${getViewName(view)} has no query`);
  return dialect.sqlToQuery(query.inlineParams()).sql;
}

const hasHiddenAuthor = (message: string) => `EXISTS (SELECT 1 FROM hidden_authors h
  WHERE h.space_id = ${message}.space_id AND h.author_id = ${message}.author_id
    AND ${message}.n BETWEEN h.from_n AND h.until_n)`;

/** Whether nothing hidden can be among the replies: then the row says what is to be said. */
const isCounted = `reply_count = 0
  OR NOT EXISTS (SELECT 1 FROM hidden_authors WHERE space_id = messages.space_id)`;

/** Columns that count replies, as they are without the hidden ones. */
const recounted = new Map([
  ['reply_rows', 'reply_count'],
  [
    'reply_count',
    `iif(${isCounted}, reply_count, max(0, reply_count - (SELECT count(*) FROM messages r
       WHERE r.thread_id = messages.id AND ${hasHiddenAuthor('r')})))`,
  ],
  [
    'last_reply_at',
    `iif(${isCounted}, last_reply_at, (SELECT (r.n >> 22) + ${epoch_ms} FROM messages r
       WHERE r.thread_id = messages.id AND NOT ${hasHiddenAuthor('r')} ORDER BY r.n DESC LIMIT 1))`,
  ],
]);
const filteredColumns = Object.keys(getViewSelectedFields(shown_messages))
  .map((name) => `${recounted.get(name) ?? name} AS ${name}`)
  .join(', ');

/**
 * Views that are nearly always the plain table, since filtering would cost every read: each with the
 * lists that say what is hidden, and what it is while one of them holds anything. A reply is gone
 * with the message that began its thread.
 */
const shown = [
  {
    view: shown_messages,
    lists: ['hidden_authors', 'hidden_threads'],
    filtering: `SELECT ${filteredColumns} FROM messages
      WHERE NOT ${hasHiddenAuthor('messages')} AND (thread_id IS NULL OR EXISTS (
        SELECT 1 FROM messages parent
         WHERE parent.n = cast(messages.thread_id AS integer) AND NOT ${hasHiddenAuthor('parent')}))`,
  },
  {
    view: shown_reactions,
    lists: ['hidden_reactions', 'hidden_reactors'],
    filtering: `SELECT * FROM reactions
      WHERE NOT EXISTS (SELECT 1 FROM hidden_reactions h
              WHERE h.message_id = reactions.message_id AND h.emoji IN ('', reactions.emoji)
                AND reactions.n <= h.until_n)
        AND NOT EXISTS (SELECT 1 FROM hidden_reactors h
              JOIN messages m ON m.n = cast(reactions.message_id AS integer) AND m.space_id = h.space_id
             WHERE h.user_id = reactions.user_id AND reactions.n <= h.until_n)`,
  },
];

/** Makes the views of a connection that has just been opened. */
export function makeViews(sqlite: Database): void {
  for (const view of [live_spaces, live_channels, kept_channels, live_roles])
    put(sqlite, view, plain(view));
  matchHidden(sqlite);
}

/**
 * Puts the views of messages and reactions into the state that the lists of what is hidden call for.
 * In a turn this goes back with its savepoint; prepared statements follow, but one that is open
 * would break: none may be left in the middle of its rows.
 */
export function matchHidden(sqlite: Database): void {
  for (const { view, lists, filtering } of shown) {
    const isAnyHidden = lists.some(
      (list) => sqlite.query(`SELECT 1 FROM ${list} LIMIT 1`).get() !== null,
    );
    put(sqlite, view, isAnyHidden ? filtering : plain(view));
  }
}

function put(sqlite: Database, view: View, definition: string): void {
  const name = getViewName(view);
  const known = sqlite
    .query<{ sql: string }, [string]>('SELECT sql FROM sqlite_temp_schema WHERE name = ?')
    .get(name);
  if (known?.sql.endsWith(definition)) return;
  if (known) sqlite.run(`DROP VIEW temp.${name}`);
  sqlite.run(`CREATE TEMP VIEW ${name} AS ${definition}`);
}

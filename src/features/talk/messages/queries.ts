// SQL for messages: rows in, rows out. They are ordered by `n`, the id as a number.
import { and, eq, getTableColumns, sql, type SQL } from 'drizzle-orm';
import type { AnyChannel } from '../../../access/evaluate.ts';
import { insertOf } from '../../../db/derived.ts';
import { prepared, type Db, type Tx } from '../../../db/open.ts';
import { attachments } from '../../../db/schema/files.ts';
import { messages, slow_mode } from '../../../db/schema/messages.ts';
import { introductions } from '../../../db/schema/spaces.ts';
import { shown_messages } from '../../../db/views.ts';
import { snowflakeTime } from '../../../lib/snowflake.ts';
import { removeLater } from '../../base/files/removals.ts';
import { countRemoved, countStored } from '../../base/files/stored.ts';
import { attachmentColumns, attachmentPath, type AttachmentRow } from './addresses.ts';
import { reindexMessage, unindexMessages } from './search-index.ts';

const { n: _n, reply_rows: _rows, ...shown } = getTableColumns(shown_messages);
/** The columns of a message row, without `n` and `reply_rows`. */
export const columns = shown;

export type MessageRow = Omit<typeof messages.$inferSelect, 'n' | 'id'> & { id: string };

/** When a message was written, in Unix milliseconds. */
export function writtenAt({ id, sent_at }: Pick<MessageRow, 'id' | 'sent_at'>): number {
  return sent_at ?? snowflakeTime(id);
}

/** An id as the number that messages are ordered by. */
export const number = (id: SQL | string) => sql`cast(${id} as integer)`;

const byId = prepared((orm) =>
  orm
    .select(columns)
    .from(shown_messages)
    .where(eq(shown_messages.n, number(sql`${sql.placeholder('id')}`)))
    .prepare(),
);
const insert = insertOf(messages);

export function findMessage(db: Db, id: string): MessageRow | undefined {
  const row = byId(db).get({ id });
  // The number alone would match "12x" and "012", too.
  return row?.id === id ? row : undefined;
}

/** Returns the message if it is in the channel. */
export function messageIn(
  db: Db,
  channel: { readonly id: string },
  id: string,
): MessageRow | undefined {
  const row = findMessage(db, id);
  return row?.channel_id === channel.id ? row : undefined;
}

/** A message row whose embeds are still JSON: parsing those of a long page takes longer than reading it. */
export type StoredMessage = Omit<MessageRow, 'embeds' | 'previews'> & {
  embeds: string | null;
  previews: string | null;
};

const storedByIds = prepared((orm) =>
  orm
    .select({
      ...columns,
      embeds: sql<string | null>`embeds`,
      previews: sql<string | null>`previews`,
    })
    .from(shown_messages)
    .where(sql`n IN (SELECT cast(value AS integer) FROM json_each(${sql.placeholder('ids')}))`)
    .prepare(),
);

/** The messages with these ids, in no order; unknown ids are left out. `parsedMessage` makes a row of each. */
export function findStored(db: Db, ids: readonly string[]): StoredMessage[] {
  return ids.length === 0 ? [] : storedByIds(db).all({ ids: JSON.stringify(ids) });
}

export function parsedMessage({ embeds, previews, ...row }: StoredMessage): MessageRow {
  const parsed = (text: string | null): object[] | null => JSON.parse(text ?? 'null');
  return { ...row, embeds: parsed(embeds), previews: parsed(previews) };
}

/** A file for a message that is not written yet. */
export type NewAttachment = Omit<AttachmentRow, 'message_id' | 'author_id' | 'space_id'>;

export function insertMessage(tx: Tx, row: MessageRow, files: readonly NewAttachment[] = []): void {
  tx.sqlite.query(insert.statement).run(...insert.bound({ ...row, n: row.id }));
  if (files.length === 0) return;
  const { id: message_id, author_id, space_id } = row;
  const stored = files.map((file) => ({ ...file, message_id, author_id, space_id }));
  for (const file of stored) tx.orm.insert(attachments).values(file).run();
  countStored(tx, stored);
}

/** The newest message of the main feed; null if the channel is empty. */
export function newestMessage(db: Db, channel_id: string): string | null {
  const row = db.sqlite
    .rows(
      { id: 'text' },
      `SELECT id FROM shown_messages WHERE channel_id = ? AND thread_id IS NULL
        ORDER BY n DESC LIMIT 1`,
    )
    .get(channel_id);
  return row?.id ?? null;
}

/** The columns that the search index depends on. */
const searched = ['content', 'title', 'pinned_at'] as const;

export function updateMessage(tx: Tx, id: string, change: Partial<Omit<MessageRow, 'id'>>): void {
  tx.orm
    .update(messages)
    .set(change)
    .where(eq(messages.n, number(id)))
    .run();
  if (searched.some((column) => column in change)) reindexMessage(tx, id);
}

export function deleteMessageRows(tx: Tx, ids: readonly string[]): void {
  const remove = tx.sqlite.query('DELETE FROM messages WHERE n = cast(? as integer)');
  for (const id of ids) remove.run(id);
  unindexMessages(tx, ids);
}

/** Removes the attachments of messages, and notes their files for removal. */
export function deleteAttachmentRows(tx: Tx, message_ids: readonly string[]): void {
  const gone = tx.sqlite
    .rows(
      attachmentColumns,
      'DELETE FROM attachments WHERE message_id IN (SELECT value FROM json_each(?)) RETURNING *',
    )
    .all(JSON.stringify(message_ids));
  for (const row of gone) removeLater(tx, attachmentPath(row));
  countRemoved(tx, gone);
}

// Replies, mentions, slow mode, welcomes ---------------------------------------------------------

/** Messages that reply to this one with `reply_to`. */
export function answersTo(db: Db, id: string, limit: number): MessageRow[] {
  return db.orm
    .select(columns)
    .from(shown_messages)
    .where(eq(shown_messages.reply_to, id))
    .limit(limit)
    .all();
}

/** The ids, among those given, that some message names in `reply_to`. */
export function answeredAmong(db: Db, ids: readonly string[]): string[] {
  return db.sqlite
    .rows(
      { id: 'text' },
      `SELECT value AS id FROM json_each(?)
        WHERE EXISTS (SELECT 1 FROM shown_messages WHERE reply_to = value)`,
    )
    .all(JSON.stringify(ids))
    .map(({ id }) => id);
}

/** Adds `by` to the reply count of a thread; `last`: a new reply, or null. */
export function countReply(tx: Tx, thread_id: string, by: number, last: MessageRow | null): void {
  tx.sqlite
    .query(
      `UPDATE messages SET reply_count = max(0, reply_count + ?2),
              last_reply_at = coalesce(?3, last_reply_at),
              active_at = iif(active_at IS NULL, NULL, coalesce(?4, active_at))
        WHERE n = cast(?1 as integer)`,
    )
    .run(thread_id, by, last && writtenAt(last), last && snowflakeTime(last.id));
}

/** Sets when the last reply of a thread was sent; `last` is undefined if it has no replies. */
export function dateThread(tx: Tx, thread_id: string, last: MessageRow | undefined): void {
  tx.sqlite
    .query(
      `UPDATE messages SET last_reply_at = ?2, active_at = iif(active_at IS NULL, NULL, ?3)
        WHERE n = cast(?1 AS integer)`,
    )
    .run(thread_id, last ? writtenAt(last) : null, snowflakeTime(last?.id ?? thread_id));
}

/** The ids of people in the channel's space or conversation, by username. */
export function peopleNamed(
  db: Db,
  channel: AnyChannel,
  usernames: readonly string[],
): Map<string, string> {
  const [belongs, where] =
    channel.space_id === null
      ? ['json_each(?) p ON p.value = u.id', JSON.stringify(channel.people)]
      : ['members m ON m.space_id = ? AND m.user_id = u.id', channel.space_id];
  const rows = db.sqlite
    .rows(
      { username: 'text', id: 'text' },
      `SELECT u.username, u.id FROM json_each(?) given
         JOIN users u ON u.username = given.value JOIN ${belongs}`,
    )
    .all(JSON.stringify(usernames), where);
  return new Map(rows.map(({ username, id }) => [username, id]));
}

/** Those of the ids that are people in the channel's space or conversation. */
export function peopleAmong(db: Db, channel: AnyChannel, ids: readonly string[]): Set<string> {
  if (channel.space_id === null) return new Set(ids.filter((id) => channel.people.includes(id)));
  const rows = db.sqlite
    .rows(
      { id: 'text' },
      `SELECT m.user_id AS id FROM json_each(?) given
         CROSS JOIN members m ON m.space_id = ? AND m.user_id = given.value`,
    )
    .all(JSON.stringify(ids), channel.space_id);
  return new Set(rows.map(({ id }) => id));
}

/** When the user last wrote in a channel with slow mode, in steady time; null if never. */
export function lastSent(db: Db, channel_id: string, user_id: string): number | null {
  const row = db.orm
    .select({ sent_at: slow_mode.sent_at })
    .from(slow_mode)
    .where(and(eq(slow_mode.channel_id, channel_id), eq(slow_mode.user_id, user_id)))
    .get();
  return row?.sent_at ?? null;
}

export function noteSent(tx: Tx, channel_id: string, user_id: string, sent_at: number): void {
  tx.orm
    .insert(slow_mode)
    .values({ channel_id, user_id, sent_at })
    .onConflictDoUpdate({ target: [slow_mode.channel_id, slow_mode.user_id], set: { sent_at } })
    .run();
}

/** Notes that a member was welcomed; returns false if that was noted already. */
export function introduce(tx: Tx, space_id: string, user_id: string): boolean {
  const fresh = tx.orm
    .insert(introductions)
    .values({ space_id, user_id })
    .onConflictDoNothing()
    .returning({ user_id: introductions.user_id })
    .all();
  return fresh.length > 0;
}

// Reads the attachments and reactions of messages, for a whole page at once.
import type { App } from '../../../app.ts';
import type { Db } from '../../../db/open.ts';
import { attachmentColumns, attachmentUrl } from './addresses.ts';
import { customEmojiId } from '../../spaces/emojis/spelling.ts';
import type { MessageRow } from './queries.ts';
import type { Attachment, Message, Reaction } from './schema.ts';
import { messageView, type Extras } from './view.ts';

/** The message as `reader_id` sees it; it is null for guests, and for events. */
export function viewOf(app: App, row: MessageRow, reader_id: string | null): Message {
  const extras = extrasOf(app, [row], reader_id);
  return messageView(app, row, extras(row.id));
}

/** Returns what the messages have beside their rows, by id. */
export function extrasOf(
  app: App,
  messages: readonly { id: string }[],
  reader_id: string | null,
): (id: string) => Extras {
  const ids = JSON.stringify(messages.map(({ id }) => id));
  const attachments = messages.length === 0 ? null : attachmentsOf(app, ids);
  const reactions = messages.length === 0 ? null : reactionsOf(app.db, ids, reader_id);
  return (id) => ({
    attachments: attachments?.get(id) ?? [],
    reactions: reactions?.get(id) ?? null,
  });
}

function attachmentsOf(app: App, ids: string): Map<string, Attachment[]> {
  const rows = app.db.sqlite
    .rows(
      attachmentColumns,
      `SELECT a.* FROM json_each(?) page JOIN attachments a ON a.message_id = page.value
        ORDER BY length(a.id), a.id`,
    )
    .all(ids);
  const found = new Map<string, Attachment[]>();
  for (const row of rows) {
    const { id, filename, content_type, size, width, height } = row;
    const url = attachmentUrl(app, row);
    const view = { id, filename, description: null, content_type, size, url, width, height };
    const known = found.get(row.message_id);
    if (known) known.push(view);
    else found.set(row.message_id, [view]);
  }
  return found;
}

/** In order of first use. An index of the table covers this query. */
function reactionsOf(db: Db, ids: string, reader_id: string | null): Map<string, Reaction[]> {
  const rows = db.sqlite
    .rows(
      { message_id: 'text', emoji: 'text', count: 'number', mine: 'number' },
      `SELECT r.message_id, r.emoji, count(*) AS count, max(r.user_id = ?2) AS mine
         FROM json_each(?1) page JOIN shown_reactions r ON r.message_id = page.value
        GROUP BY r.message_id, r.emoji ORDER BY min(r.n)`,
    )
    .all(ids, reader_id ?? '');
  const found = new Map<string, Reaction[]>();
  for (const { message_id, emoji, count, mine } of rows) {
    const view = { emoji: shownEmoji(emoji), count, me: mine === 1 };
    const known = found.get(message_id);
    if (known) known.push(view);
    else found.set(message_id, [view]);
  }
  return found;
}

/** Clients take `name:id` apart only where it is plain text; what they draw themselves is named. */
function shownEmoji(emoji: string): Reaction['emoji'] {
  return customEmojiId(emoji) === null ? { id: null, name: emoji } : emoji;
}

/** The text of an emoji, as events have it. */
export function emojiText({ emoji }: Pick<Reaction, 'emoji'>): string {
  return typeof emoji === 'string' ? emoji : emoji.name;
}

/** The accounts that have reacted to a message, each once. */
export function reactorsOf(db: Db, message_id: string): string[] {
  return db.sqlite
    .rows({ user_id: 'text' }, 'SELECT DISTINCT user_id FROM shown_reactions WHERE message_id = ?')
    .all(message_id)
    .map(({ user_id }) => user_id);
}

/** The emojis that each of these people has put on a message; people without any are left out. */
export function emojisOfPeople(
  db: Db,
  message_id: string,
  user_ids: readonly string[],
): Map<string, Set<string>> {
  const rows = db.sqlite
    .rows(
      { of: 'text', emoji: 'text' },
      `SELECT user_id AS of, emoji FROM shown_reactions
        WHERE message_id = ? AND user_id IN (SELECT value FROM json_each(?))
        ORDER BY emoji`,
    )
    .all(message_id, JSON.stringify(user_ids));
  return emojisBy(rows);
}

/**
 * The emojis among those given that an account has put on each message; messages without any are left
 * out. The reactions of others are not looked at: there may be many.
 */
export function emojisOfReader(
  db: Db,
  given: readonly (readonly [message_id: string, emoji: string])[],
  user_id: string,
): Map<string, Set<string>> {
  if (given.length === 0) return new Map();
  const rows = db.sqlite
    .rows(
      { of: 'text', emoji: 'text' },
      `SELECT r.message_id AS of, r.emoji FROM json_each(?1) given
         CROSS JOIN shown_reactions r ON r.message_id = given.value ->> 0
          AND r.emoji = given.value ->> 1 AND r.user_id = ?2`,
    )
    .all(JSON.stringify(given), user_id);
  return emojisBy(rows);
}

function emojisBy(rows: readonly { of: string; emoji: string }[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { of, emoji } of rows) {
    const known = found.get(of);
    if (known) known.add(emoji);
    else found.set(of, new Set([emoji]));
  }
  return found;
}

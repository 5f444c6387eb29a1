// Reads the attachments and reactions of messages, for a whole page at once.
import type { App } from '../../../app.ts';
import type { Db } from '../../../db/open.ts';
import { attachmentColumns, attachmentUrl } from './addresses.ts';
import { WrittenList } from '../../../http/endpoint.ts';
import { LateText } from '../../../lib/late-text.ts';
import { pickOf } from '../../../lib/pick.ts';
import { customEmojiId } from '../../spaces/emojis/spelling.ts';
import { keptMessages } from './kept.ts';
import { findStored, parsedMessage, type MessageRow, type StoredMessage } from './queries.ts';
import { Message, type Attachment, type Reaction } from './schema.ts';
import { messageView, type Extras } from './view.ts';

/** The message as `reader_id` sees it; it is null for guests, and for events. */
export function viewOf(app: App, row: MessageRow, reader_id: string | null): Message {
  const extras = extrasOf(app, [row], reader_id);
  return messageView(app, row, extras(row.id));
}

/** Returns what the messages have beside their rows, by id. */
function extrasOf(
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

const pick = pickOf(Message);
const write = (message: Message) => JSON.stringify(pick(message));

/** About what a message has in JSON beside its texts. */
const frame_length = 600;

/** The same of one attachment, beside its name and address, and of one reaction. */
const extra_length = { attachment: 150, reaction: 80 };

function lengthOf({ content, embeds, previews }: StoredMessage, beside: Extras): number {
  const { attachments, reactions } = beside;
  return attachments.reduce(
    (sum, { filename, url }) => sum + extra_length.attachment + filename.length + url.length,
    frame_length +
      content.length +
      (embeds ?? previews ?? '').length +
      (reactions?.length ?? 0) * extra_length.reaction,
  );
}

/**
 * Returns a page of messages as JSON in the order of `ids`, as `reader_id` sees them now; each is
 * written when it is sent. Messages that look the same to everyone are kept for the next reader:
 * those without files, whose addresses depend on settings, and without reactions, which mark the
 * reader's own.
 */
export function writtenPage(
  app: App,
  ids: readonly string[],
  reader_id: string | null,
): WrittenList {
  const kept = keptMessages(app.db, app.address.origin);
  const texts = ids.map((id) => kept.get(id));
  const missing = ids.filter((_id, index) => texts[index] === undefined || app.strict);
  const read = new Map<string, LateText>();
  const stored = findStored(app.db, missing);
  const extras = extrasOf(app, stored, reader_id);
  for (const row of stored) {
    const beside = extras(row.id);
    const view = () => messageView(app, parsedMessage(row), beside);
    const text = new LateText(lengthOf(row, beside), () => write(view()));
    read.set(row.id, text);
    if (beside.reactions === null && beside.attachments.length === 0) kept.set(row.id, text);
  }
  if (app.strict) refuseOutdated(ids, texts, read);
  return new WrittenList(ids.flatMap((id, index) => texts[index] ?? read.get(id) ?? []));
}

/** In tests: throws if a kept text differs from the rows. */
function refuseOutdated(
  ids: readonly string[],
  texts: readonly (LateText | undefined)[],
  read: ReadonlyMap<string, LateText>,
): void {
  for (const [index, id] of ids.entries()) {
    const text = texts[index];
    if (text !== undefined && String(text) !== String(read.get(id)))
      throw new Error(`message ${id} is outdated`);
  }
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
      { user_id: 'text', emoji: 'text' },
      `SELECT user_id, emoji FROM shown_reactions
        WHERE message_id = ? AND user_id IN (SELECT value FROM json_each(?))
        ORDER BY emoji`,
    )
    .all(message_id, JSON.stringify(user_ids));
  const found = new Map<string, Set<string>>();
  for (const { user_id, emoji } of rows) {
    const known = found.get(user_id);
    if (known) known.add(emoji);
    else found.set(user_id, new Set([emoji]));
  }
  return found;
}

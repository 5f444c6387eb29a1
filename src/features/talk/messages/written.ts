// Writes messages as JSON for pages; what looks the same to nearly all readers is kept for the next one.
import type { App } from '../../../app.ts';
import type { Db } from '../../../db/open.ts';
import { WrittenList } from '../../../http/endpoint.ts';
import { LateText } from '../../../lib/late-text.ts';
import { pickOf } from '../../../lib/pick.ts';
import { emojisOfReader, emojiText, extrasOf } from './extras.ts';
import { keptOf, type KeptMessage } from './kept.ts';
import { findStored, parsedMessage, type StoredMessage } from './queries.ts';
import { Message, type Reaction } from './schema.ts';
import { messageView, type Extras } from './view.ts';

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

/** Reads messages as `reader_id` sees them, in no order; each is written when it is sent. */
function readMessages(app: App, ids: readonly string[], reader_id: string | null): KeptMessage[] {
  const stored = findStored(app.db, ids);
  const extras = extrasOf(app, stored, reader_id);
  return stored.map((row) => {
    const beside = extras(row.id);
    const view = () => messageView(app, parsedMessage(row), beside);
    const text = new LateText(lengthOf(row, beside), () => write(view()));
    return { id: row.id, text, reactions: beside.reactions ?? [] };
  });
}

/** Returns messages as those see them who have not reacted, in the order of `ids`, from memory where they are kept. */
function commonMessages(app: App, ids: readonly string[]): KeptMessage[] {
  const { messages } = keptOf(app.db, app.address.origin);
  const kept = ids.map((id) => messages.get(id));
  const missing = ids.filter((_id, index) => kept[index] === undefined);
  const read = new Map(readMessages(app, missing, null).map((one) => [one.id, one]));
  // What a turn reads may be rolled back.
  if (!app.cache.inTurn) for (const [id, message] of read) messages.set(id, message);
  return ids.flatMap((id, index) => kept[index] ?? read.get(id) ?? []);
}

/** What of a text differs from reader to reader. No text within JSON has a quote without a backslash before it. */
const textOf = (reactions: readonly Reaction[]) => `"reactions":${JSON.stringify(reactions)}`;

function markedText({ text, reactions }: KeptMessage, emojis: ReadonlySet<string>): LateText {
  const marked = reactions.map((one) => ({ ...one, me: emojis.has(emojiText(one)) }));
  const write = () => String(text).replace(textOf(reactions), () => textOf(marked));
  return new LateText(text.length, write);
}

/** Returns the emojis that the reader has put on messages, by message. */
export function ownEmojis(
  db: Db,
  messages: readonly KeptMessage[],
  reader_id: string | null,
): Map<string, Set<string>> {
  const emojis = messages.flatMap(({ id, reactions }) =>
    reactions.map((one) => [id, emojiText(one)] as const),
  );
  return reader_id === null ? new Map() : emojisOfReader(db, emojis, reader_id);
}

/** Returns a page of messages as JSON in the order of `ids`, as `reader_id` sees them now. */
export function writtenPage(
  app: App,
  ids: readonly string[],
  reader_id: string | null,
): WrittenList {
  return pageAndReacted(app, ids, reader_id).list;
}

/** Returns the same, and those of the messages that people have reacted to. */
export function pageAndReacted(
  app: App,
  ids: readonly string[],
  reader_id: string | null,
): { list: WrittenList; reacted: readonly KeptMessage[] } {
  const messages = commonMessages(app, ids);
  const reacted = messages.filter(({ reactions }) => reactions.length > 0);
  const own = ownEmojis(app.db, reacted, reader_id);
  const texts = messages.map((message) => {
    const emojis = own.get(message.id);
    return emojis === undefined ? message.text : markedText(message, emojis);
  });
  if (app.strict) refuseOutdated(app, ids, reader_id, texts);
  return { list: new WrittenList(texts), reacted };
}

/** In tests: throws if the texts differ from what the rows say. */
function refuseOutdated(
  app: App,
  ids: readonly string[],
  reader_id: string | null,
  texts: readonly LateText[],
): void {
  const read = new Map(readMessages(app, ids, reader_id).map(({ id, text }) => [id, text]));
  const now = ids.flatMap((id) => read.get(id) ?? []);
  if (texts.join(',') === now.join(',')) return;
  throw new Error(`of the messages ${ids.join(', ')} some are outdated`);
}

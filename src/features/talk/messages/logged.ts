// Writes new messages that the event log keeps short: their rows say all of them but the nonce.
import { defaultsOf } from '../../../db/derived.ts';
import type { RowOf } from '../../../db/planned.ts';
import { messages } from '../../../db/schema/messages.ts';
import { eventFrame } from '../../../events/event.ts';
import { writesShort } from '../../../events/short.ts';
import { messageCreated } from './events.ts';
import type { Message } from './schema.ts';
import { messageView } from './view.ts';

const { type, pick } = messageCreated;

/** What a message is sent with; the columns beside them say what came to it since. */
const shape = {
  id: 'text',
  channel_id: messages.channel_id,
  space_id: messages.space_id,
  author_id: messages.author_id,
  content: messages.content,
  type: messages.type,
  sent_at: messages.sent_at,
  edited_at: messages.edited_at,
  tts: 'number',
  mention_everyone: 'number',
  mentions: 'text?',
  mention_roles: 'text?',
  embeds: 'text?',
  reply_to: messages.reply_to,
  flags: messages.flags,
  thread_id: messages.thread_id,
  title: messages.title,
} as const;

const rowsOf = `SELECT ${Object.keys(shape).join(', ')} FROM shown_messages
  WHERE n IN (SELECT cast(value AS integer) FROM json_each(?))`;

const blank = defaultsOf(messages);

/**
 * The message as it was sent. What came to it since is told by later events. An edit is none of that:
 * it has the log keep the event whole (`first-texts.ts`).
 */
function asSent({ tts, mention_everyone, embeds, ...row }: RowOf<typeof shape>): Message {
  const { mentions, mention_roles } = row;
  return messageView(null, {
    ...blank,
    ...row,
    tts: tts === 1,
    mention_everyone: mention_everyone === 1,
    mentions: mentions && JSON.parse(mentions),
    mention_roles: mention_roles && JSON.parse(mention_roles),
    embeds: embeds && JSON.parse(embeds),
  });
}

writesShort({
  mark: 'm',
  whole(db, events) {
    const ids = JSON.stringify(events.map(({ subject }) => subject));
    const found = db.sqlite.rows(shape, rowsOf).all(ids);
    const rows = new Map(found.map((row) => [row.id, row]));
    const frames = new Map<number, string>();
    for (const { seq, subject, rest } of events) {
      const row = rows.get(subject);
      if (row === undefined) continue;
      const message = rest === '' ? asSent(row) : { ...asSent(row), ...JSON.parse(rest) };
      frames.set(seq, eventFrame(type, seq, JSON.stringify(pick(message))));
    }
    return frames;
  },
});

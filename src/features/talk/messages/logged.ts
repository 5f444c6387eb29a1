// Writes new messages that the event log keeps short: their rows say all of them but the nonce.
import { defaultsOf } from '../../../db/derived.ts';
import type { Db } from '../../../db/open.ts';
import type { RowOf } from '../../../db/planned.ts';
import { messages, tombstone } from '../../../db/schema/messages.ts';
import { eventFrame } from '../../../events/event.ts';
import { writesShort } from '../../../events/short.ts';
import { epoch_ms } from '../../../lib/snowflake.ts';
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

const rowsWithEmbeds = `SELECT ${Object.keys(shape).join(', ')} FROM shown_messages
  WHERE n IN (SELECT cast(value AS integer) FROM json_each(?)) AND embeds IS NOT NULL`;

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

const quoted = (column: string) => `coalesce('"' || ${column} || '"', 'null')`;
const flagged = (column: string) => `iif(${column}, 'true', 'false')`;
const timed = (ms: string) =>
  `strftime('"%Y-%m-%dT%H:%M:%S', ${ms} / 1000, 'unixepoch') || printf('.%03dZ"', ${ms} % 1000)`;

/**
 * The same as JSON, made by SQLite, of messages without embeds: a RESUME writes thousands of them. In
 * tests each is compared with its frame as it was sent.
 */
const jsonOfPlain = `SELECT id, format('{"id":"%s","channel_id":"%s","space_id":%s,"author_id":"%s","content":%s,"type":"%s",'
      || '"timestamp":%s,"edited_at":%s,"tts":%s,"pinned":false,"mention_everyone":%s,"mentions":%s,"mention_roles":%s,'
      || '"attachments":[],"embeds":[],"reactions":null,"reply_to":%s,"flags":%d,"webhook_id":null,"thread_id":%s,'
      || '"reply_count":0,"title":%s}',
    id, channel_id, ${quoted('space_id')}, author_id, json_quote(content), iif(type = '${tombstone}', 'default', type),
    ${timed(`coalesce(sent_at, (n >> 22) + ${epoch_ms})`)}, iif(edited_at IS NULL, 'null', ${timed('edited_at')}),
    ${flagged('tts')}, ${flagged('mention_everyone')}, coalesce(mentions, '[]'), coalesce(mention_roles, '[]'),
    ${quoted('reply_to')}, flags, ${quoted('thread_id')}, json_quote(title)) AS json
  FROM shown_messages
 WHERE n IN (SELECT cast(value AS integer) FROM json_each(?)) AND embeds IS NULL`;

/** Returns messages as they were sent, as JSON by their ids; those that are not shown are left out. */
function sentJson(db: Db, ids: string): Map<string, string> {
  const plain = db.sqlite.rows({ id: 'text', json: 'text' }, jsonOfPlain).all(ids);
  const found = new Map(plain.map(({ id, json }) => [id, json]));
  for (const row of db.sqlite.rows(shape, rowsWithEmbeds).all(ids)) {
    found.set(row.id, JSON.stringify(pick(asSent(row))));
  }
  return found;
}

writesShort({
  mark: 'm',
  whole(db, events) {
    const found = sentJson(db, JSON.stringify(events.map(({ subject }) => subject)));
    const frames = new Map<number, string>();
    for (const { seq, subject, rest } of events) {
      const json = found.get(subject);
      if (json === undefined) continue;
      const data = rest === '' ? json : `${json.slice(0, -1)},${rest.slice(1)}`;
      frames.set(seq, eventFrame(type, seq, data));
    }
    return frames;
  },
});

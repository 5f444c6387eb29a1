// Takes what is there no more out of the event log, where a message stands as it was sent.
import type { Tx } from '../../../db/open.ts';
import { eventFrame } from '../../../events/event.ts';
import { keepAnew, rewriteEvents } from '../../../events/log.ts';
import { messageCreated } from './events.ts';
import type { Message } from './schema.ts';

const [begins = ''] = eventFrame(messageCreated.type, 0, '').split('"seq"');

/**
 * Whoever missed a message gets it with its new texts, as it is told by the `message.update` of the
 * edit. An edit notifies nobody: mentions that it adds are told by that event alone. To be called
 * before the row is changed.
 */
export function forgetFirstTexts(tx: Tx, message: Message): void {
  const { id: subject, content, title, embeds, edited_at, flags } = message;
  rewriteEvents(tx, { subject, begins }, (frame) => {
    const whole = JSON.parse(frame) as { data: Message };
    const { data } = whole;
    const both = (one: readonly string[], other: readonly string[]) =>
      one.filter((id) => other.includes(id));
    const now: Message = {
      ...data,
      content,
      title,
      embeds,
      edited_at,
      flags,
      mention_everyone: data.mention_everyone && message.mention_everyone,
      mentions: both(data.mentions, message.mentions),
      mention_roles: both(data.mention_roles, message.mention_roles),
    };
    return JSON.stringify({ ...whole, data: now });
  });
}

/**
 * Whoever missed a message that was emptied gets it empty, before the answers that stay: clients
 * pass over an update of a message that they do not know. All else about it goes.
 */
export function emptyFirstText(tx: Tx, emptied: Message): void {
  const json = JSON.stringify(messageCreated.pick(emptied));
  const first = { subject: emptied.id, begins, mark: messageCreated.short?.mark ?? begins };
  keepAnew(tx, first, (seq) => eventFrame(messageCreated.type, seq, json));
}

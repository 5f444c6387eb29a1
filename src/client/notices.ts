// Which messages are worth a noise and a notification.
import { isNamed } from './heard/home.ts';
import { relationWith } from './relations.ts';
import type { Shelves } from './shelves.ts';
import type { Message } from './wire.ts';

/** What is older is news no more: a device that wakes up does not tell the whole night. */
const news_ms = 2 * 60_000;
/** The flag of messages that want to make no noise. */
const silent = 4096;

/** `now_ms`: Unix milliseconds. */
export function deservesNotice(shelves: Shelves, message: Message, now_ms: number): boolean {
  const own = shelves.user?.id ?? '';
  const { author_id, channel_id, flags, timestamp } = message;
  const isSilent = (flags & silent) !== 0;
  if (isSilent || author_id === own || now_ms - Date.parse(timestamp) > news_ms) return false;
  if (shelves.mutes.has(channel_id) || shelves.presences.get(own)?.status === 'dnd') return false;
  return relationWith(shelves, author_id) !== 'blocked' && isNamed(shelves, message);
}

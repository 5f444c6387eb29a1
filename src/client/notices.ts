// Which messages and calls are worth a noise and a notification.
import { isNamed } from './heard/home.ts';
import { relationWith } from './relations.ts';
import type { Shelves } from './shelves.ts';
import type { Message } from './wire.ts';

/** What is older is news no more: a device that wakes up does not tell the whole night. */
const news_ms = 2 * 60_000;
/** The flag of messages that want to make no noise. */
const silent = 4096;

/** Tells whether what somebody does there may make a noise at all: a call, or a message that calls the reader. */
export function mayBeLoud(shelves: Shelves, channel_id: string, by_id: string): boolean {
  const isBusy = shelves.presences.get(shelves.user?.id ?? '')?.status === 'dnd';
  return !isBusy && !shelves.mutes.has(channel_id) && relationWith(shelves, by_id) !== 'blocked';
}

/** `now_ms`: Unix milliseconds. */
export function deservesNotice(shelves: Shelves, message: Message, now_ms: number): boolean {
  const own = shelves.user?.id ?? '';
  const { author_id, channel_id, flags, timestamp } = message;
  const isSilent = (flags & silent) !== 0;
  if (isSilent || author_id === own || now_ms - Date.parse(timestamp) > news_ms) return false;
  return mayBeLoud(shelves, channel_id, author_id) && isNamed(shelves, message);
}

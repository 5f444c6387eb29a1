// What is done while a feed is looked at: jumping to the message that the address names, and noting what was read.
import { useEffect } from 'preact/hooks';
import type { KnownMessage } from '../../../../client/reactions.ts';
import { go, linkTo, place, settleAt } from '../../store/address.ts';
import { linkOf, tell } from '../../store/deeds.ts';
import { openAround, type Feed } from '../../store/feeds.ts';
import { seen, state } from '../../store/live.ts';
import { acknowledge, drawLine } from '../../store/reading.ts';
import { findMessage } from '../../store/reads.ts';
import { acknowledgeThread } from '../../store/threads.ts';
import { say } from '../../words/say.ts';

type Rows = readonly KnownMessage[] | null;

const placeOf = ({ channel_id, thread_id }: Feed) =>
  thread_id === null ? linkTo.channel(channel_id) : linkTo.thread(channel_id, thread_id);

/** Shows what lies around a message; one that was an answer is shown in its thread. */
async function bring(feed: Feed, message_id: string): Promise<void> {
  const found = await findMessage(feed.channel_id, message_id);
  if (found !== null && found.thread_id !== feed.thread_id) {
    settleAt(placeOf(feed));
    return go(linkOf(found));
  }
  if (found !== null && (await openAround(feed, message_id))) return;
  settleAt(placeOf(feed));
  tell(say('answered_gone'));
}

/** Brings the message into view that the address names. */
export function useJump(feed: Feed, rows: Rows, show: (id: string) => boolean): void {
  const { message_id, thread_id, id } = place.value;
  const isHere = id === feed.channel_id && thread_id === feed.thread_id;
  const isRoot = message_id === feed.thread_id;
  const isThere = isRoot || (rows?.some((one) => one.id === message_id) ?? false);
  useEffect(() => {
    if (!isHere || message_id === null || rows === null) return;
    if (!isThere) {
      bring(feed, message_id).catch(() => tell(say('not_reached')));
      return;
    }
    show(message_id);
    settleAt(placeOf(feed));
  }, [isHere, message_id, isThere, rows === null]);
}

/** What was at the end in a window that somebody looks at was read. */
export function useReading(feed: Feed, rows: Rows, isPresent: boolean): void {
  const { channel_id, thread_id } = feed;
  const newest = rows?.at(-1)?.id;
  const unread = seen('unread')?.unread.get(channel_id)?.last_message_id;
  useEffect(() => {
    if (thread_id === null) drawLine(channel_id);
  }, [channel_id]);
  useEffect(() => {
    const look = () => {
      const isLookedAt = document.visibilityState === 'visible' && document.hasFocus();
      if (!isLookedAt || !isPresent || newest === undefined) return;
      if (thread_id === null) acknowledge(channel_id, newest);
      else acknowledgeThread(channel_id, thread_id, newest);
    };
    const back = () => {
      // Where nothing is new, the line stays where it was: a row that goes would move the others.
      if (thread_id === null && state.peek()?.unread.has(channel_id)) drawLine(channel_id);
      look();
    };
    look();
    addEventListener('focus', back);
    return () => removeEventListener('focus', back);
  }, [channel_id, newest, unread, isPresent]);
}

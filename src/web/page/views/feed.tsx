// The messages of a channel or thread, the line of what is new, and what is still on its way.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { KnownMessage } from '../../../client/reactions.ts';
import { byAge } from '../../../client/shelves.ts';
import type { Channel } from '../../../client/wire.ts';
import { linkTo, place, settleAt } from '../store/address.ts';
import {
  openAround,
  openFeed,
  rowsOf,
  showNewer,
  showOlder,
  showPresent,
  spanOf,
  trim,
  type Feed,
} from '../store/feeds.ts';
import { seen, state } from '../store/live.ts';
import { channelName } from '../store/names.ts';
import { outbox } from '../store/outbox.ts';
import { acknowledge, drawLine, lineIn } from '../store/reading.ts';
import { language, say } from '../words/say.ts';
import { Icon } from './icon.tsx';
import { MessageRow, OutgoingRow } from './message.tsx';
import { useKeeper } from './scroll.ts';

/** Messages of one author within this time stand below one name. */
const together_ms = 5 * 60_000;

export function FeedView({ channel, thread_id }: { channel: Channel; thread_id: string | null }) {
  const feed: Feed = { channel_id: channel.id, thread_id };
  const { rows, span, problem, load } = useFeed(feed);
  const box = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const keeper = useKeeper(box, {
    start: place.value.message_id,
    older: () => void load(() => showOlder(feed)),
    newer: () => void load(() => showNewer(feed)),
    ended: setAtEnd,
  });
  const isPresent = span?.newest === null && isAtEnd;
  useJump(feed, rows, (id) => keeper.toRow(id));
  useReading(feed, rows, isPresent);
  useEffect(() => {
    if (isPresent) trim(feed);
  }, [rows?.length, isPresent]);
  const toPresent = async () => {
    await load(() => showPresent(feed));
    keeper.toEnd();
    setAtEnd(true);
  };
  const name = channelName(channel);
  return (
    <div class="feed">
      <div
        class="scroller"
        ref={box}
        tabIndex={0}
        role="log"
        aria-live="polite"
        aria-relevant="additions"
        aria-busy={rows === null}
        aria-label={say('feed_of', { channel: name })}
      >
        <ol>
          <li class="beginning">
            {problem ? say('loading_failed') : span === null && say('loading')}
            {span?.isComplete && thread_id === null && say('beginning', { channel: name })}
          </li>
          <Rows channel={channel} rows={rows ?? []} line={lineIn(channel.id)} />
          {isPresent || span?.newest === null ? <Outgoing feed={feed} /> : null}
        </ol>
      </div>
      {!isPresent && rows !== null && (
        <button type="button" class="to-present" onClick={() => void toPresent()}>
          <Icon of="down" /> {say('to_present')}
        </button>
      )}
    </div>
  );
}

/** Opens a feed, and loads more of it, one page at a time. */
function useFeed(feed: Feed) {
  const [problem, setProblem] = useState(false);
  const isLoading = useRef(false);
  const load = async (run: () => Promise<unknown>) => {
    if (isLoading.current) return;
    isLoading.current = true;
    await run().then(
      () => setProblem(false),
      () => setProblem(true),
    );
    isLoading.current = false;
  };
  const span = spanOf(feed);
  const isLost = span === null && !problem;
  useEffect(() => {
    if (!isLost || state.value === null) return;
    const { message_id } = place.value;
    void load(async () => {
      if (message_id === null || !(await openAround(feed, message_id))) await openFeed(feed);
    });
  }, [feed.channel_id, feed.thread_id, isLost]);
  return { rows: rowsOf(feed), span, problem, load };
}

/** Brings the message into view that the address names. */
function useJump(
  feed: Feed,
  rows: readonly KnownMessage[] | null,
  show: (id: string) => boolean,
): void {
  const { message_id, thread_id, id } = place.value;
  const isHere = id === feed.channel_id && thread_id === feed.thread_id;
  const isThere = rows?.some((one) => one.id === message_id) ?? false;
  useEffect(() => {
    if (!isHere || message_id === null || rows === null) return;
    if (!isThere) return void openAround(feed, message_id).catch(() => undefined);
    if (!show(message_id)) return;
    const to = thread_id === null ? linkTo.channel(id ?? '') : linkTo.thread(id ?? '', thread_id);
    settleAt(to);
  }, [isHere, message_id, isThere, rows === null]);
}

/** What was at the end in a window that somebody looks at was read. */
function useReading(feed: Feed, rows: readonly KnownMessage[] | null, isPresent: boolean): void {
  const { channel_id, thread_id } = feed;
  const newest = rows?.at(-1)?.id;
  const unread = seen('unread')?.unread.get(channel_id)?.last_message_id;
  useEffect(() => {
    if (thread_id === null) drawLine(channel_id);
  }, [channel_id]);
  useEffect(() => {
    if (thread_id !== null) return;
    const look = () => {
      const isLookedAt = document.visibilityState === 'visible' && document.hasFocus();
      if (isLookedAt && isPresent && newest !== undefined) acknowledge(channel_id, newest);
    };
    const back = () => {
      drawLine(channel_id);
      look();
    };
    look();
    addEventListener('focus', back);
    return () => removeEventListener('focus', back);
  }, [channel_id, newest, unread, isPresent]);
}

const dayOf = ({ timestamp }: KnownMessage) => new Date(timestamp).toDateString();

function dayName(timestamp: string): string {
  const day = new Date(timestamp);
  const today = new Date();
  if (day.toDateString() === today.toDateString()) return say('today');
  today.setDate(today.getDate() - 1);
  if (day.toDateString() === today.toDateString()) return say('yesterday');
  return day.toLocaleDateString(language.value, { dateStyle: 'full' });
}

interface Shown {
  channel: Channel;
  rows: readonly KnownMessage[];
  line: string | null | undefined;
}

function Rows({ channel, rows, line }: Shown) {
  const own = seen('user')?.user?.id;
  const firstNew =
    line === undefined
      ? undefined
      : rows.find(({ id, author_id }) => author_id !== own && byAge(id, line ?? '') > 0)?.id;
  return (
    <>
      {rows.map((message, index) => {
        const before = rows[index - 1];
        const isNewDay = before === undefined || dayOf(before) !== dayOf(message);
        const isNew = message.id === firstNew;
        return [
          isNewDay && (
            <li key={`day ${message.id}`} class="rule">
              {dayName(message.timestamp)}
            </li>
          ),
          isNew && (
            <li key="new" class="rule new">
              {say('new_messages')}
            </li>
          ),
          <MessageRow
            key={message.id}
            message={message}
            channel={channel}
            isJoined={!isNewDay && !isNew && isTogether(before, message)}
          />,
        ];
      })}
    </>
  );
}

function isTogether(before: KnownMessage | undefined, message: KnownMessage): boolean {
  return (
    before?.author_id === message.author_id &&
    message.reply_to === null &&
    message.title === null &&
    Date.parse(message.timestamp) - Date.parse(before.timestamp) < together_ms
  );
}

function Outgoing({ feed: { channel_id, thread_id } }: { feed: Feed }) {
  const waiting = outbox.value.filter(
    (one) => one.channel_id === channel_id && one.thread_id === thread_id,
  );
  return (
    <>
      {waiting.map((one) => (
        <OutgoingRow key={one.nonce} outgoing={one} />
      ))}
    </>
  );
}

// The messages of a channel or thread, and what is still on its way.
import type { ComponentChild } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { byAge } from '../../../client/shelves.ts';
import type { Channel } from '../../../client/wire.ts';
import { place } from '../store/address.ts';
import {
  nearest,
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
import { state } from '../store/live.ts';
import { channelName } from '../store/names.ts';
import { lineIn } from '../store/reading.ts';
import { say } from '../words/say.ts';
import { Icon, IconButton } from './icon.tsx';
import { isLeft, useKeeper } from './scroll.ts';
import { rowKeyed } from './talk/keys.ts';
import { OutgoingRows } from './talk/outgoing.tsx';
import { useJump, useReading } from './talk/reading.ts';
import { Rows, type RowsProps } from './talk/rows.tsx';

interface Shown {
  channel: Channel;
  thread_id: string | null;
  /** What stands above the first message. */
  head?: ComponentChild;
}

export function FeedView({ channel, thread_id, head = null }: Shown) {
  const feed: Feed = { channel_id: channel.id, thread_id };
  const key = `${channel.id}/${thread_id ?? ''}`;
  const { known, span, problem, load } = useFeed(feed);
  const box = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(() => !isLeft(key));
  const keeper = useKeeper(box, key, {
    isLive: span?.newest === null,
    older: () => void load(() => showOlder(feed)),
    newer: () => void load(() => showNewer(feed)),
    ended: setAtEnd,
  });
  const isPresent = span?.newest === null && isAtEnd;
  const rows = known && nearest(known, isPresent);
  useJump(feed, rows, (id) => keeper.toRow(id));
  useReading(feed, rows, isPresent);
  useEffect(() => trim(feed, isPresent), [known?.length, isPresent]);
  useEffect(() => {
    if (span === null) keeper.toEnd();
  }, [span === null]);
  const toPresent = async () => {
    await load(() => showPresent(feed));
    keeper.toEnd();
    setAtEnd(true);
  };
  const name = channelName(channel);
  const isComplete = span?.isComplete === true && known?.[0] === rows?.[0];
  const line = thread_id === null ? lineIn(channel.id) : undefined;
  const shown = { rows: rows ?? [], line, isComplete };
  return (
    <div class="feed">
      <NewAbove feed={feed} {...shown} load={load} toRow={(id) => keeper.toRow(id)} />
      <div
        class="scroller"
        ref={box}
        tabIndex={0}
        role="log"
        aria-live="polite"
        aria-relevant="additions"
        aria-busy={rows === null}
        aria-label={say(thread_id === null ? 'feed_of' : 'thread_in', { channel: name })}
        onKeyDown={(event) => box.current && rowKeyed(event, box.current, channel)}
      >
        <ol>
          {head}
          <li class="beginning">
            {problem ? say('loading_failed') : span === null && say('loading')}
            {isComplete && thread_id === null && say('beginning', { channel: name })}
            {problem && (
              <button type="button" class="link" onClick={() => void load(() => openFeed(feed))}>
                {say('retry')}
              </button>
            )}
          </li>
          <Rows channel={channel} {...shown} />
          {span?.newest === null && <OutgoingRows feed={feed} />}
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
    const { message_id, thread_id } = place.value;
    const isNamed = message_id !== null && thread_id === feed.thread_id;
    void load(async () => {
      if (!isNamed || !(await openAround(feed, message_id))) await openFeed(feed);
    });
  }, [feed.channel_id, feed.thread_id, isLost]);
  return { known: rowsOf(feed), span, problem, load };
}

type AboveProps = Omit<RowsProps, 'channel'> & {
  feed: Feed;
  load: (run: () => Promise<unknown>) => Promise<void>;
  toRow: (id: string) => boolean;
};

/** Where so much is new that its beginning is not loaded: leads there. */
function NewAbove({ feed, load, toRow, rows, line, isComplete }: AboveProps) {
  const [oldest] = rows;
  /** The line that was in view already: nobody wants to go there again. */
  const [seen, see] = useState<string | null | undefined>(undefined);
  const isLoaded = oldest !== undefined && (isComplete || byAge(oldest.id, line ?? '') <= 0);
  useEffect(() => {
    if (isLoaded) see(line);
  }, [isLoaded, line]);
  if (line === undefined || line === seen || isLoaded || oldest === undefined) return null;
  const jump = async () => {
    await load(() => openAround(feed, line ?? '0'));
    const first = rowsOf(feed)?.find(({ id }) => byAge(id, line ?? '') > 0);
    // Once the row is there.
    if (first !== undefined) setTimeout(() => toRow(first.id));
  };
  return (
    <div class="to-new">
      <button type="button" onClick={() => void jump()}>
        {say('to_first_new')}
      </button>
      <IconButton of="close" label={say('close')} onClick={() => see(line)} />
    </div>
  );
}

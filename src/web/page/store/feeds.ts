// What of a channel or thread is loaded and shown: a span of messages without gaps, at most so many.
import { signal } from '@preact/signals';
import type { KnownMessage } from '../../../client/reactions.ts';
import { byAge } from '../../../client/shelves.ts';
import type { State } from '../../../client/state.ts';
import { onHeard, seen, state } from './live.ts';
import { careful } from './reads.ts';
import { rest } from './session.ts';

/** A feed: the messages of a channel, or the answers in one of its threads. */
export interface Feed {
  readonly channel_id: string;
  /** Null for the channel itself. */
  readonly thread_id: string | null;
}

/** What of a feed is shown. */
export interface Span {
  /** The oldest message that is shown. */
  readonly oldest: string;
  /** The newest one; null while the span reaches to the present and grows with it. */
  readonly newest: string | null;
  /** Whether nothing is older. */
  readonly isComplete: boolean;
}

const pageSize = 50;
/** So many rows are shown at most: more make each change slow. */
export const maxRows = 300;

const keyOf = ({ channel_id, thread_id }: Feed) => `${channel_id}/${thread_id ?? ''}`;
const spans = signal<ReadonlyMap<string, Span>>(new Map());

const feedOf = (key: string): Feed => {
  const [channel_id = '', thread_id] = key.split('/');
  return { channel_id, thread_id: thread_id || null };
};

export const spanOf = (feed: Feed): Span | null => spans.value.get(keyOf(feed)) ?? null;

function setSpan(feed: Feed, span: Span | null): void {
  const next = new Map(spans.value);
  if (span === null) next.delete(keyOf(feed));
  else next.set(keyOf(feed), span);
  spans.value = next;
  if (span?.newest === null && feed.thread_id === null) {
    state.peek()?.since.set(feed.channel_id, span.oldest);
  }
}

/** The messages that are shown, oldest first; null if the feed was not opened yet. */
export function rowsOf(feed: Feed): readonly KnownMessage[] | null {
  const span = spanOf(feed);
  const shelf = seen('messages')?.messages.get(feed.channel_id);
  if (span === null || shelf === undefined) return null;
  return within(shelf.values(), feed, span);
}

function within(
  messages: Iterable<KnownMessage>,
  { thread_id }: Feed,
  { oldest, newest }: Span,
): KnownMessage[] {
  return [...messages]
    .filter((one) => one.thread_id === thread_id)
    .filter(({ id }) => byAge(id, oldest) >= 0 && (newest === null || byAge(id, newest) <= 0))
    .toSorted((a, b) => byAge(a.id, b.id));
}

interface Asked {
  limit?: number;
  before?: string;
  after?: string;
  around?: string;
}

/** Reads a page, oldest first. */
async function read(feed: Feed, asked: Asked): Promise<KnownMessage[]> {
  const { channel_id, thread_id } = feed;
  const query = { limit: pageSize, ...asked, ...(thread_id !== null && { thread_id }) };
  const now = state.peek();
  const page = await careful(channel_id, () =>
    rest.call('GET /channels/:channel_id/messages', { channel_id, query }),
  );
  // With a new session nobody has told what has changed since the page was made.
  return now === state.peek() ? page : read(feed, asked);
}

/** Older than every message. */
const nothing = '0';

/** Opens a feed at its end. */
export async function openFeed(feed: Feed): Promise<void> {
  const page = await read(feed, {});
  state.value?.adds(feed.channel_id, page);
  const isComplete = page.length < pageSize;
  const oldest = isComplete ? nothing : (page[0]?.id ?? nothing);
  setSpan(feed, { oldest, newest: null, isComplete });
}

/** Opens it around a message; false if that is not there. */
export async function openAround(feed: Feed, message_id: string): Promise<boolean> {
  const rows = rowsOf(feed);
  if (rows?.some(({ id }) => id === message_id)) return true;
  const page = await read(feed, { around: message_id });
  const [first, last] = [page[0], page.at(-1)];
  if (first === undefined || last === undefined) return false;
  state.value?.adds(feed.channel_id, page);
  // Half of a page lies at each side: where there are fewer, there are no more.
  const newer = page.filter(({ id }) => byAge(id, message_id) > 0).length;
  const isComplete = page.length - newer < pageSize / 2;
  setSpan(feed, {
    oldest: isComplete ? nothing : first.id,
    newest: newer < pageSize / 2 ? null : last.id,
    isComplete,
  });
  return page.some(({ id }) => id === message_id);
}

/** Shows older messages; drops the newest rows where there are too many. */
export async function showOlder(feed: Feed): Promise<void> {
  const span = spanOf(feed);
  if (span === null || span.isComplete) return;
  const page = await read(feed, { before: span.oldest });
  const since = spanOf(feed);
  if (since?.oldest !== span.oldest) return;
  state.value?.adds(feed.channel_id, page);
  const oldest = page[0]?.id ?? span.oldest;
  const grown = { ...since, oldest, isComplete: page.length < pageSize };
  const rows = within(state.value?.messages.get(feed.channel_id)?.values() ?? [], feed, grown);
  const last = rows[maxRows - 1];
  const isTooLong = rows.length > maxRows && last !== undefined;
  setSpan(feed, isTooLong ? { ...grown, newest: last.id } : grown);
}

/** Shows newer messages, where the span does not reach to the present. */
export async function showNewer(feed: Feed): Promise<void> {
  const span = spanOf(feed);
  if (span === null || span.newest === null) return;
  const page = await read(feed, { after: span.newest });
  const since = spanOf(feed);
  if (since?.newest !== span.newest) return;
  state.value?.adds(feed.channel_id, page);
  const { newest } = span;
  const reach = { ...since, newest: page.length < pageSize ? null : (page.at(-1)?.id ?? null) };
  const rows = within(state.value?.messages.get(feed.channel_id)?.values() ?? [], feed, reach);
  // Much may have been said since the page was read: it comes page by page as well.
  const old = rows.filter(({ id }) => byAge(id, newest) <= 0).length;
  const next = rows.slice(0, old + pageSize);
  const grown = next.length === rows.length ? reach : { ...reach, newest: next.at(-1)?.id ?? null };
  const first = next.at(-maxRows);
  const isTooLong = next.length > maxRows && first !== undefined;
  setSpan(feed, isTooLong ? { ...grown, oldest: first.id, isComplete: false } : grown);
}

/** Goes back to the present. */
export async function showPresent(feed: Feed): Promise<void> {
  if (spanOf(feed)?.newest === null) return;
  await openFeed(feed);
}

/** Of more rows than are shown at most, those that the reader is the nearest to. */
export const nearest = <T>(rows: readonly T[], isAtEnd: boolean): readonly T[] =>
  isAtEnd ? rows.slice(-maxRows) : rows.slice(0, maxRows);

/** While rows come one by one, those that the reader is the furthest from go. */
export function trim(feed: Feed, isAtEnd: boolean): void {
  const [rows, span] = [rowsOf(feed), spanOf(feed)];
  if (span === null || rows === null || rows.length <= maxRows) return;
  const left = nearest(rows, isAtEnd);
  const [first, last] = [left[0], left.at(-1)];
  if (first === undefined || last === undefined) return;
  const cut = isAtEnd ? { oldest: first.id, isComplete: false } : { newest: last.id };
  setSpan(feed, { ...span, ...cut });
}

/**
 * After a new session: reads again all that was shown, since edits and deletions were missed as well, and
 * what is newer. Until then the old rows stay, so that nothing moves.
 */
async function refresh(feed: Feed, span: Span, old: readonly KnownMessage[]): Promise<void> {
  const now = state.value;
  const missing = new Set(old.map(({ id }) => id));
  let after = span.oldest === nothing ? nothing : (BigInt(span.oldest) - 1n).toString();
  let count = 0;
  let isMore = true;
  while (isMore && count <= maxRows) {
    const page = await read(feed, { after, limit: 100 });
    const shelf = now?.messages.get(feed.channel_id);
    if (shelf === undefined || now !== state.value || spanOf(feed) === null) return;
    for (const one of page) {
      shelf.set(one.id, one);
      missing.delete(one.id);
    }
    count += page.length;
    after = page.at(-1)?.id ?? after;
    isMore = page.length === 100 && (span.newest === null || byAge(after, span.newest) < 0);
  }
  const shelf = now?.messages.get(feed.channel_id);
  for (const id of missing) if (!isMore || byAge(id, after) <= 0) shelf?.delete(id);
  setSpan(feed, count > maxRows ? { ...span, newest: after } : span);
  now?.touch('messages');
}

/** Closes a feed: it is read anew when it is opened again. */
export const closeFeed = (feed: Feed): void => setSpan(feed, null);

/** The feeds of a channel that were opened. */
export const openFeeds = (channel_id: string): Feed[] =>
  [...spans.peek().keys()].map(feedOf).filter((feed) => feed.channel_id === channel_id);

/** Carries what is shown over to the state of a new session, where it is read anew. */
function carry(feed: Feed, span: Span, before: State, now: State): void {
  const shelf = before.messages.get(feed.channel_id);
  if (shelf === undefined || now.channel(feed.channel_id) === undefined) {
    setSpan(feed, null);
    return;
  }
  const old = within(shelf.values(), feed, span);
  now.adds(feed.channel_id, old);
  refresh(feed, span, old).catch(() => setSpan(feed, null));
}

onHeard((event, _isReplayed, before) => {
  if (event.type !== 'ready') return;
  const now = state.value;
  const open = [...spans.value];
  if (before === null) spans.value = new Map();
  if (now === null || before === null) return;
  for (const [key, span] of open) carry(feedOf(key), span, before, now);
});

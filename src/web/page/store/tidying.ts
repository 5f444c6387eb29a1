// Lets go of messages that are not shown any more: a window may be open for weeks.
import { byAge } from '../../../client/shelves.ts';
import { place } from './address.ts';
import { closeFeed, maxRows, openFeeds, rowsOf } from './feeds.ts';
import { onHeard, state } from './live.ts';
import { isReading } from './reads.ts';

/** A channel is tidied when it has got so many messages more. */
const spare = 2 * maxRows;
/** So many of the newest stay: where one of them is deleted, the one before it is the newest. */
const newest = 50;

/** How many messages a channel had when it was tidied. */
const sizes = new WeakMap<object, number>();

/** Closes the feeds of a channel that nobody sees; true if one is left. */
function closeUnseen(channel_id: string): boolean {
  const { id, thread_id } = place.peek();
  const isSeen = (thread: string | null) => thread === null || thread === thread_id;
  for (const feed of openFeeds(channel_id)) {
    if (id !== channel_id || !isSeen(feed.thread_id)) closeFeed(feed);
  }
  return id === channel_id;
}

/** The messages of a channel that stay: what is shown, what that answers, and the newest, from `first` on. */
function staying(channel_id: string): { ids: Set<string>; first: string } {
  const known = state.peek();
  const shelf = [...(known?.messages.get(channel_id)?.values() ?? [])];
  const posts = shelf.filter(({ thread_id }) => thread_id === null);
  // A forum shows its posts by another order than their age.
  const isForum = known?.channel(channel_id)?.type === 'forum';
  const last = posts.toSorted((a, b) => byAge(a.id, b.id)).slice(isForum ? 0 : -newest);
  const shown = openFeeds(channel_id).flatMap((feed) => rowsOf(feed) ?? []);
  const ids = [...shown, ...last].flatMap(({ id, reply_to, thread_id }) => [
    id,
    reply_to,
    thread_id,
  ]);
  return { ids: new Set(ids.filter((id) => id !== null)), first: last[0]?.id ?? '0' };
}

function tidy(channel_id: string): void {
  const known = state.peek();
  const shelf = known?.messages.get(channel_id);
  if (shelf === undefined || shelf.size < (sizes.get(shelf) ?? 0) + spare) return;
  if (isReading(channel_id)) return;
  if (closeUnseen(channel_id)) {
    const { ids, first } = staying(channel_id);
    for (const id of shelf.keys()) if (!ids.has(id)) shelf.delete(id);
    // What is older may have gaps from now on.
    const since = known?.since.get(channel_id);
    if (since !== undefined && byAge(since, first) < 0) known?.since.set(channel_id, first);
    sizes.set(shelf, shelf.size);
  } else {
    known?.messages.delete(channel_id);
    known?.since.delete(channel_id);
  }
  known?.touch('messages');
}

onHeard((event) => {
  if (event.type === 'message.create') tidy(event.data.channel_id);
});

// Which messages a page holds: in the main feed, a thread or a forum.
import type { AnyChannel } from '../../../access/evaluate.ts';
import type { Db } from '../../../db/open.ts';
import { compareSnowflakes, snowflakeTime } from '../../../lib/snowflake.ts';
import { endOfTime } from './hidden.ts';
import type { MessagePage } from './kept.ts';
import { activePosts, feedPage, threadPage } from './page-queries.ts';
import { findMessage, messageIn } from './queries.ts';
import type { MessagesQuery } from './schema.ts';

type Fetch = (direction: 'desc' | 'asc', bound: string, limit: number) => string[];

/** Returns the page that a query asks for; null if it names a thread that is not in the channel. */
export function messagePage(db: Db, channel: AnyChannel, query: MessagesQuery): MessagePage | null {
  if (query.top_level) return forumPage(db, channel, query);
  const { thread_id } = query;
  if (thread_id !== undefined) {
    if (messageIn(db, channel, thread_id) === undefined) return null;
    return page(
      (direction, bound, limit) => threadPage(db, thread_id, direction, bound, limit),
      query,
    );
  }
  return page(
    (direction, bound, limit) => feedPage(db, channel.id, direction, bound, limit),
    query,
  );
}

/**
 * Newest first, but oldest first with `after`; `order` overrides both. With `after` and `before` the
 * page begins at one of them, as `order` says, and goes no further than the other.
 */
function page(fetch: Fetch, query: MessagesQuery): MessagePage {
  const { limit, before, after, around, order } = query;
  if (around !== undefined) return pageAround(fetch, around, limit, order ?? 'desc');
  const direction = directionOf(query);
  const [bound, end] =
    direction === 'asc' ? [idOf(after ?? '0'), before] : [before ?? endOfTime, after];
  const isWithin = isBefore(direction, end && idOf(end));
  const found = fetch(direction, bound, limit + 1).filter(isWithin);
  const ids = found.slice(0, limit);
  // The next page goes on from the last id read, in whichever order the page is shown.
  const cursor = ids.at(-1) ?? null;
  if (order !== undefined && order !== direction) ids.reverse();
  return { ids, cursor, has_more: found.length > limit };
}

/** The direction in which a page is read; it may be shown in the other one. */
function directionOf({ before, after, order }: MessagesQuery): 'asc' | 'desc' {
  if (after === undefined) return before === undefined ? (order ?? 'desc') : 'desc';
  return before === undefined ? 'asc' : (order ?? 'asc');
}

/** Returns a function that tells whether an id comes before `end` in this direction. */
function isBefore(direction: 'asc' | 'desc', end: string | undefined): (id: string) => boolean {
  if (end === undefined) return () => true;
  const sign = direction === 'asc' ? 1 : -1;
  return (id) => sign * compareSnowflakes(id, end) < 0;
}

/** The id in a forum's cursor `<time>:<id>`, or the cursor itself if it is an id. */
function idOf(cursor: string): string {
  return cursor.slice(cursor.indexOf(':') + 1);
}

/** Puts the message itself in the middle if both sides have enough messages. */
function pageAround(
  fetch: Fetch,
  around: string,
  limit: number,
  order: 'asc' | 'desc',
): MessagePage {
  const half = Math.floor(limit / 2);
  const older = fetch('desc', next(around), limit - half + 1);
  const newer = fetch('asc', around, half);
  const has_more = older.length > limit - half;
  const ids = [...newer.toReversed(), ...older.slice(0, limit - half)];
  const cursor = ids.at(-1) ?? null;
  if (order === 'asc') ids.reverse();
  return { ids, cursor, has_more };
}

function next(id: string): string {
  return (BigInt(id) + 1n).toString();
}

function forumPage(db: Db, channel: AnyChannel, query: MessagesQuery): MessagePage {
  const { limit, sort, before } = query;
  const after = query.after ?? before;
  if (sort !== 'latest_activity' || channel.type !== 'forum') {
    const order = sort === 'oldest' ? 'asc' : 'desc';
    // While the newest come first, both are the place where the page before ended.
    const [bound, end] =
      order === 'asc' ? [idOf(query.after ?? '0'), before] : [idOf(after ?? endOfTime), undefined];
    const found = feedPage(db, channel.id, order, bound, limit + 1).filter(isBefore(order, end));
    const ids = found.slice(0, limit);
    return { ids, cursor: ids.at(-1) ?? null, has_more: found.length > limit };
  }
  const found = activePosts(db, channel.id, anchorOf(db, channel.id, after), limit + 1);
  const posts = found.slice(0, limit);
  const last = posts.at(-1);
  return {
    ids: posts.map(({ id }) => id),
    cursor: last === undefined ? null : `${last.active_at}:${last.id}`,
    has_more: found.length > limit,
  };
}

/**
 * Where a page by activity begins: after the last post of the page before. The cursor holds the
 * time of that post's last activity as it was then: the post may have moved up since, or be gone.
 */
function anchorOf(
  db: Db,
  channel_id: string,
  cursor: string | undefined,
): { active_at: number; id: string } {
  if (cursor === undefined) return { active_at: Number.MAX_SAFE_INTEGER, id: endOfTime };
  const [active_at = '', id] = cursor.split(':');
  if (id !== undefined) return { active_at: Number(active_at), id };
  const row = findMessage(db, cursor);
  // Says nothing about other channels, not even when somebody last wrote there.
  const known = row?.channel_id === channel_id ? row.active_at : null;
  return { active_at: known ?? snowflakeTime(cursor), id: cursor };
}

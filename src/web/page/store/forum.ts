// The posts of forums: the one that was active last comes first.
import { signal } from '@preact/signals';
import type { KnownMessage } from '../../../client/reactions.ts';
import { byAge } from '../../../client/shelves.ts';
import { onHeard, seen, state } from './live.ts';
import { careful } from './reads.ts';
import { rest } from './session.ts';

const pageSize = 25;

interface List {
  /** Where the next page begins; null after the last one. */
  readonly after: string | null;
  /** When the last post of the list was active: what is older is not shown yet. */
  readonly until: string;
}

const lists = signal<ReadonlyMap<string, List>>(new Map());

const activeAt = ({ last_reply_at, timestamp }: KnownMessage): string => last_reply_at ?? timestamp;

const byActivity = (a: KnownMessage, b: KnownMessage): number =>
  Date.parse(activeAt(b)) - Date.parse(activeAt(a)) || byAge(b.id, a.id);

function setList(channel_id: string, list: List | null): void {
  const next = new Map(lists.value);
  if (list === null) next.delete(channel_id);
  else next.set(channel_id, list);
  lists.value = next;
}

/** The posts that are shown; null if the forum was not opened yet. */
export function postsOf(channel_id: string): readonly KnownMessage[] | null {
  const list = lists.value.get(channel_id);
  const shelf = seen('messages')?.messages.get(channel_id);
  if (list === undefined || shelf === undefined) return null;
  return [...shelf.values()]
    .filter((one) => one.thread_id === null)
    .filter((one) => list.after === null || Date.parse(activeAt(one)) >= Date.parse(list.until))
    .toSorted(byActivity);
}

export const hasMore = (channel_id: string): boolean =>
  (lists.value.get(channel_id)?.after ?? null) !== null;

/** Reads the first page of a forum, or the next one. */
export async function showPosts(channel_id: string): Promise<void> {
  const after = lists.value.get(channel_id)?.after ?? undefined;
  let next: string | null = null;
  const posts = await careful(channel_id, async () => {
    const page = await rest.page('GET /channels/:channel_id/messages', {
      channel_id,
      query: { top_level: 'true', limit: pageSize, ...(after && { after }) } as never,
    });
    next = page.after;
    return page.items;
  });
  state.value?.adds(channel_id, posts);
  const last = posts.toSorted(byActivity).at(-1);
  setList(channel_id, { after: next, until: last === undefined ? '' : activeAt(last) });
}

onHeard((event) => {
  // What was missed is read anew, by the view that shows it.
  if (event.type === 'ready') lists.value = new Map();
});

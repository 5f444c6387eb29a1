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

interface Page {
  readonly posts: readonly KnownMessage[];
  readonly after: string | null;
}

async function read(channel_id: string, after: string | null): Promise<Page> {
  let next: string | null = null;
  const posts = await careful(channel_id, async () => {
    const query = { top_level: 'true', limit: pageSize, ...(after !== null && { after }) };
    const page = await rest.page('GET /channels/:channel_id/messages', {
      channel_id,
      query: query as never,
    });
    next = page.after;
    return page.items;
  });
  return { posts: posts.toSorted(byActivity), after: next };
}

const listTo = ({ posts, after }: Page): List => {
  const last = posts.at(-1);
  return { after, until: last === undefined ? '' : activeAt(last) };
};

/** Reads the first page of a forum, or the next one. */
export async function showPosts(channel_id: string): Promise<void> {
  // One that was let go of begins anew.
  const isOpen = state.peek()?.messages.has(channel_id) ?? false;
  const after = isOpen ? lists.value.get(channel_id)?.after : null;
  const page = await read(channel_id, after ?? null);
  state.value?.adds(channel_id, page.posts);
  setList(channel_id, listTo(page));
}

/** After a new session: reads again as many posts as were shown; until then the old ones stay. */
async function refresh(channel_id: string, old: readonly KnownMessage[]): Promise<void> {
  const now = state.value;
  const missing = new Set(old.map(({ id }) => id));
  let [after, count] = [null as string | null, 0];
  do {
    const page = await read(channel_id, after);
    const shelf = now?.messages.get(channel_id);
    if (shelf === undefined || now !== state.value) return;
    for (const one of page.posts) {
      shelf.set(one.id, one);
      missing.delete(one.id);
    }
    count += page.posts.length;
    after = page.after;
    setList(channel_id, listTo(page));
  } while (after !== null && count < old.length);
  // What was not found again is gone, or lies further down now.
  for (const id of missing) now?.messages.get(channel_id)?.delete(id);
  now?.touch('messages');
}

onHeard((event, _isReplayed, before) => {
  if (event.type !== 'ready') return;
  const open = [...lists.value.keys()];
  const now = state.value;
  if (before === null || now === null) {
    lists.value = new Map();
    return;
  }
  for (const channel_id of open) {
    const shelf = before.messages.get(channel_id);
    if (shelf === undefined || now.channel(channel_id) === undefined) setList(channel_id, null);
    else {
      const old = [...shelf.values()].filter(({ thread_id }) => thread_id === null);
      now.adds(channel_id, old);
      refresh(channel_id, old).catch(() => setList(channel_id, null));
    }
  }
});

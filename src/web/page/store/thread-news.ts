// Which threads are unread: the server's list, and what is heard of the threads in which one takes part.
import { signal } from '@preact/signals';
import { isNamed } from '../../../client/heard/home.ts';
import { byAge } from '../../../client/shelves.ts';
import type { Heard, Message } from '../../../client/wire.ts';
import { onHeard, state } from './live.ts';
import { plainly } from './names.ts';
import { unreadThreads, type UnreadThread } from './reading.ts';
import type { Page } from '../../../client/rest.ts';
import { rest } from './session.ts';

/** Of each thread that was heard of, whether one takes part in it; the server says so by its list. */
const isFollowed = new Map<string, boolean>();

const newestOf = ({ last_message_id, thread_id }: UnreadThread) => last_message_id ?? thread_id;

function show(threads: Iterable<UnreadThread>): void {
  unreadThreads.value = [...threads].toSorted((a, b) => byAge(newestOf(b), newestOf(a)));
}

function put(thread: UnreadThread): void {
  isFollowed.set(thread.thread_id, true);
  const others = unreadThreads.peek().filter((one) => one.thread_id !== thread.thread_id);
  show([...others, thread]);
}

function drop(thread_id: string): void {
  show(unreadThreads.peek().filter((one) => one.thread_id !== thread_id));
}

/** The list has so many pages at most. */
const maxPages = 10;

async function readList(): Promise<UnreadThread[]> {
  const found: UnreadThread[] = [];
  let after: string | null = null;
  for (let page = 0; page < maxPages; page += 1) {
    const query: { after?: string } = after === null ? {} : { after };
    const next: Page<UnreadThread[]> = await rest.page('GET /users/@me/read-states/threads', {
      query,
    });
    found.push(...next.items);
    after = next.after;
    if (after === null) break;
  }
  return found;
}

/** So long after the list was read, it is read again at the earliest; after a failure, later. */
const [pause_ms, patience_ms] = [2_000, 10_000];

/** Threads of which it is asked whether one takes part in them. */
let asked = new Set<string>();
/** `pause`: it was read a moment ago. */
let phase: 'idle' | 'reading' | 'pause' = 'idle';
/** Whether it is to be read again. */
let isStale = false;

/** Reads the list, and again while something is heard that it may not have. */
async function read(): Promise<void> {
  if (phase !== 'idle') {
    isStale = true;
    return;
  }
  phase = 'reading';
  let wait_ms = pause_ms;
  const [now, about] = [state.peek(), asked];
  asked = new Set();
  isStale = false;
  try {
    const list = await readList();
    if (now === state.peek() && !isStale) {
      for (const { thread_id } of list) isFollowed.set(thread_id, true);
      // One that is not in the list may have been read meanwhile: then that was heard.
      for (const thread_id of about) {
        if (!isFollowed.has(thread_id)) isFollowed.set(thread_id, false);
      }
      show(list);
    } else for (const thread_id of about) asked.add(thread_id);
  } catch {
    [isStale, wait_ms] = [true, patience_ms];
    for (const thread_id of about) asked.add(thread_id);
  }
  phase = 'pause';
  setTimeout(() => {
    phase = 'idle';
    if (state.peek() !== null && isStale) void read();
  }, wait_ms);
}

/** All hear of a new thread at once, and ask each at another time: so long for each of the people there are. */
const spread = { each_ms: 2, max_ms: 20_000 };
let asking: ReturnType<typeof setTimeout> | undefined;

/** Reads the list in a while, which is short where few people are. */
function readLater(): void {
  const people = state.peek()?.users.size ?? 0;
  asking ??= setTimeout(
    () => {
      asking = undefined;
      if (state.peek() !== null) void read();
    },
    Math.random() * Math.min(people * spread.each_ms, spread.max_ms),
  );
}

/** What is heard while the list is on its way may be missing in it. */
function changed(): void {
  if (phase === 'reading') isStale = true;
}

function heardMessage(message: Message): void {
  const now = state.peek();
  const { id, channel_id, thread_id, author_id, space_id } = message;
  if (now === null || thread_id === null) return;
  if (author_id === now.user?.id) {
    // Whoever answers has read what is there.
    isFollowed.set(thread_id, true);
    changed();
    return drop(thread_id);
  }
  if (message.mentions.includes(now.user?.id ?? '')) isFollowed.set(thread_id, true);
  const takesPart = isFollowed.get(thread_id);
  if (takesPart === undefined) {
    asked.add(thread_id);
    return readLater();
  }
  if (!takesPart) return;
  changed();
  const before = unreadThreads.peek().find((one) => one.thread_id === thread_id);
  // The list has it already.
  if (before !== undefined && byAge(id, newestOf(before)) <= 0) return;
  put({
    ...before,
    channel_id,
    thread_id,
    ...(space_id !== null && { space_id }),
    last_message_id: id,
    mention_count: (before?.mention_count ?? 0) + Number(isNamed(now, message)),
  });
}

function heardRead(data: Extract<Heard, { type: 'read_state.update' }>['data']): void {
  const { thread_id, unread, mention_count, last_read_message_id } = data;
  if (thread_id === undefined) return;
  changed();
  isFollowed.set(thread_id, true);
  if (!unread) return drop(thread_id);
  const before = unreadThreads.peek().find((one) => one.thread_id === thread_id);
  if (before === undefined) void read();
  else put({ ...before, mention_count, last_read_message_id });
}

/** Of a thread that has lost something, only the list says what is left. */
function heardLoss(channel_id: string, ids: readonly string[]): void {
  changed();
  const here = unreadThreads.peek().filter((one) => one.channel_id === channel_id);
  if (here.length === 0) return;
  for (const id of ids) drop(id);
  void read();
}

onHeard((event, _isReplayed, before) => {
  switch (event.type) {
    case 'ready':
      if (before === null) {
        // Somebody else may have signed in.
        show([]);
        titles.value = new Map();
        wishes.clear();
      }
      isFollowed.clear();
      return void read();
    case 'message.create':
      return heardMessage(event.data);
    case 'read_state.update':
      return heardRead(event.data);
    case 'message.update':
      return forgetTitles([event.data.id]);
    case 'message.delete':
      forgetTitles([event.data.id]);
      return heardLoss(event.data.channel_id, [event.data.id]);
    case 'message.delete_bulk':
      forgetTitles(event.data.ids);
      return heardLoss(event.data.channel_id, event.data.ids);
    case 'channel.create':
      // One that was made a moment ago has no threads.
      if (event.data.last_message_id == null) return;
      changed();
      return readLater();
    case 'channel.delete':
      return show(unreadThreads.peek().filter((one) => one.channel_id !== event.data.id));
    case 'space.delete':
      return show(unreadThreads.peek().filter((one) => one.space_id !== event.data.id));
    default:
  }
});

/** Whether what was said in a thread has been read meanwhile; of one in which one has no part, nobody knows. */
export const isThreadRead = (thread_id: string): boolean =>
  isFollowed.get(thread_id) === true &&
  !unreadThreads.peek().some((one) => one.thread_id === thread_id);

/** How threads are called: their title, or how their first message begins; null while that is read. */
const titles = signal<ReadonlyMap<string, string | null>>(new Map());
const maxTitle = 60;

/** What was changed or deleted is not shown as it was: titles are read anew. */
function forgetTitles(ids: readonly string[]): void {
  if (!ids.some((id) => titles.peek().has(id))) return;
  titles.value = new Map([...titles.peek()].filter(([id]) => !ids.includes(id)));
  for (const id of ids) wishes.delete(id);
}

export function threadTitle({ channel_id, thread_id }: UnreadThread): string {
  const known = titles.value.get(thread_id);
  if (known === undefined) void readTitle(channel_id, thread_id);
  return known ?? '';
}

/** Titles are read one after the other: they are many, and what people do comes first. */
let reading = Promise.resolve();
/** By thread, the newest wish to read its title: what an earlier one finds may be old. */
const wishes = new Map<string, symbol>();

async function readTitle(channel_id: string, thread_id: string): Promise<void> {
  const note = (text: string | null) =>
    (titles.value = new Map(titles.peek()).set(thread_id, text));
  await Promise.resolve();
  if (titles.peek().has(thread_id)) return;
  note(null);
  const wish = Symbol(thread_id);
  wishes.set(thread_id, wish);
  const path = { channel_id, message_id: thread_id };
  const isOld = () => wishes.get(thread_id) !== wish;
  const ask = async () => {
    if (isOld()) return;
    const first = await rest
      .call('GET /channels/:channel_id/messages/:message_id', path)
      .catch(() => null);
    if (isOld()) return;
    if (first === null) setTimeout(() => forgetTitles([thread_id]), patience_ms);
    else note(first.title ?? plainly(first.content, first.space_id).slice(0, maxTitle));
  };
  reading = reading.then(ask);
}

// The first READY may have come before this was loaded.
if (state.peek() !== null) void read();

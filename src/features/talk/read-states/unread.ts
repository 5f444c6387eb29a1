// What is unread for an account: main feeds of its channels, and the threads that it takes part in.
import { memberAccess, spaceAccess } from '../../../access/load.ts';
import { placeOf } from '../../../access/place.ts';
import type { Reader } from '../../../access/evaluate.ts';
import type { App } from '../../../app.ts';
import { compareSnowflakes, lastSnowflakeBefore } from '../../../lib/snowflake.ts';
import { endOfTime } from '../messages/hidden.ts';
import {
  answer,
  stateOf,
  statesAhead,
  statesAmong,
  statesOfThreads,
  threadsFollowed,
  type Question,
  type State,
  type ThreadPlace,
} from './queries.ts';
import type { ReadState, Unread, UnreadThread } from './schema.ts';

/** Tells whether the reader may read what was written there. */
function mayRead(app: App, reader: Reader, { channel_id, space_id }: State): boolean {
  // Who takes part in a conversation reads it: its rows were asked who does.
  if (space_id === null) return true;
  const place = placeOf(app, reader, channel_id);
  return place !== null && place.can('view_channel') && place.can('read_history');
}

/** Returns the roles of an account that messages may mention; null in a conversation. */
function rolesIn(app: App, user_id: string, space_id: string | null): string[] | null {
  if (space_id === null) return null;
  const everyone = spaceAccess(app, space_id)?.everyone.id;
  const own = memberAccess(app, space_id, user_id)?.role_ids ?? [];
  return everyone === undefined ? [...own] : [everyone, ...own];
}

const keyOf = ({ channel_id, thread_id }: ThreadPlace) => `${channel_id} ${thread_id}`;

/** Returns those of the states that are unread, in their order. */
function unreadOf(app: App, reader: Reader, states: readonly State[]): (Unread & ThreadPlace)[] {
  const readable = states.filter(
    (one) => one.last_message_id !== null && mayRead(app, reader, one),
  );
  const questions = readable.map((one): Question => {
    const { channel_id, thread_id, read_id, joined_at } = one;
    const joined_id = lastSnowflakeBefore(joined_at);
    const after =
      read_id !== null && compareSnowflakes(read_id, joined_id) > 0 ? read_id : joined_id;
    const until = one.last_message_id ?? endOfTime;
    const role_ids = rolesIn(app, reader.id, one.space_id);
    return { channel_id, thread_id, after, until, joined_at, role_ids };
  });
  const found = new Map(
    answer(app.db, reader.id, questions).map((one) => [keyOf(one), one.mention_count]),
  );
  return readable.flatMap((one) => {
    const mention_count = found.get(keyOf(one));
    if (mention_count === undefined) return [];
    const { channel_id, thread_id, space_id, read_id, last_message_id } = one;
    return {
      channel_id,
      thread_id,
      ...(space_id !== null && { space_id }),
      ...(read_id !== null && { last_read_message_id: read_id }),
      ...(last_message_id !== null && { last_message_id }),
      mention_count,
    };
  });
}

/** So many channels are looked into at once. */
const slice = 100;

/** Returns an account's unread channels in the given order, reading as it goes on. */
export function* unreadChannels(
  app: App,
  reader: Reader,
  order: 'newest' | 'by_id',
  after = '0',
): Generator<Unread, void> {
  const states = statesAhead(app.db, reader.id).filter(
    ({ channel_id }) => compareSnowflakes(channel_id, after) > 0,
  );
  states.sort((a, b) =>
    order === 'by_id'
      ? compareSnowflakes(a.channel_id, b.channel_id)
      : compareSnowflakes(b.last_message_id ?? '0', a.last_message_id ?? '0'),
  );
  for (let from = 0; from < states.length; from += slice) {
    yield* unreadOf(app, reader, states.slice(from, from + slice));
  }
}

/** Returns those of the channels of spaces that are unread, reading as it goes on. */
export function* unreadAmong(
  app: App,
  reader: Reader,
  channel_ids: readonly string[],
): Generator<Unread, void> {
  const states = statesAmong(app.db, reader.id, channel_ids);
  for (let from = 0; from < states.length; from += slice) {
    yield* unreadOf(app, reader, states.slice(from, from + slice));
  }
}

/** Returns the channel if it is unread. */
export function unreadChannel(app: App, reader: Reader, channel_id: string): Unread | null {
  const state = stateOf(app.db, { user_id: reader.id, channel_id, thread_id: '' });
  return state && (unreadOf(app, reader, [state])[0] ?? null);
}

/** What lies beyond `read_id` in a main feed ('') or a thread: whether it is unread, and what mentions the reader. */
export function beyond(
  app: App,
  reader: Reader,
  at: ThreadPlace,
  read_id: string,
): Pick<ReadState, 'unread' | 'mention_count'> {
  const state = stateOf(app.db, { user_id: reader.id, ...at });
  if (state === null) return { unread: false, mention_count: 0 };
  const isThread = at.thread_id !== '';
  const last_message_id = isThread ? endOfTime : state.last_message_id;
  const [found] = unreadOf(app, reader, [{ ...state, read_id, last_message_id }]);
  return { unread: found !== undefined, mention_count: found?.mention_count ?? 0 };
}

/** So many threads are looked into for one page. */
const maxThreads = 1_000;

/** Returns a page of the unread threads that the reader takes part in, beyond a place. */
export function unreadThreads(
  app: App,
  reader: Reader,
  from: ThreadPlace,
  limit: number,
): { items: UnreadThread[]; next: ThreadPlace | null } {
  const items: UnreadThread[] = [];
  let after = from;
  for (let looked = 0; looked < maxThreads; looked += slice) {
    const threads = threadsFollowed(app.db, reader.id, after, slice);
    const found = unreadOf(app, reader, statesOfThreads(app.db, reader.id, threads));
    items.push(...found.slice(0, limit - items.length));
    const last = items.at(-1);
    if (items.length === limit && last !== undefined) return { items, next: last };
    after = threads.at(-1) ?? after;
    if (threads.length < slice) return { items, next: null };
  }
  return { items, next: after };
}

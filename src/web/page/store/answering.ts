// Which message the next one answers, and which one is being changed.
import { effect, signal } from '@preact/signals';
import type { KnownMessage } from '../../../client/reactions.ts';
import { isEncrypted } from './deeds.ts';
import { rowsOf, type Feed } from './feeds.ts';
import { state } from './live.ts';
import { token } from './session.ts';

export const answering = signal<KnownMessage | null>(null);

export const answeredIn = (channel_id: string, thread_id: string | null): KnownMessage | null => {
  const one = answering.value;
  return one?.channel_id === channel_id && one.thread_id === thread_id ? one : null;
};

/** The id of the message that is being changed. */
export const editing = signal<string | null>(null);

/** Begins to change one's own last message of a feed; false if none is shown, or nobody can read it here. */
export function editLast(feed: Feed): boolean {
  const own = state.peek()?.user?.id;
  const last = rowsOf(feed)?.findLast(({ author_id }) => author_id === own);
  if (last === undefined || isEncrypted(last)) return false;
  editing.value = last.id;
  return true;
}

// Whoever signs in next in this window begins with neither.
effect(() => {
  if (token.value !== null) return;
  answering.value = null;
  editing.value = null;
});

// Which message the next one answers.
import { signal } from '@preact/signals';
import type { KnownMessage } from '../../../client/reactions.ts';

export const answering = signal<KnownMessage | null>(null);

export const answeredIn = (channel_id: string, thread_id: string | null): KnownMessage | null => {
  const one = answering.value;
  return one?.channel_id === channel_id && one.thread_id === thread_id ? one : null;
};

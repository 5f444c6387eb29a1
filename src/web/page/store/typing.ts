// Who is writing where, and telling others that one writes.
import { signal } from '@preact/signals';
import { onHeard, state } from './live.ts';
import { rest } from './session.ts';

const shown_ms = 8_000;
const tellEvery_ms = 5_000;

interface Typist {
  readonly user_id: string;
  readonly channel_id: string;
  readonly thread_id: string | null;
  readonly until: number;
}

export const typists = signal<readonly Typist[]>([]);

function sweep(): void {
  typists.value = typists.value.filter(({ until }) => until > Date.now());
}

onHeard((event) => {
  if (event.type === 'message.create') {
    const { author_id, channel_id } = event.data;
    typists.value = typists.value.filter(
      (one) => one.user_id !== author_id || one.channel_id !== channel_id,
    );
  }
  if (event.type !== 'typing.start' || event.data.user_id === state.peek()?.user?.id) return;
  const { user_id, channel_id, thread_id = null } = event.data;
  const others = typists.value.filter((one) => one.user_id !== user_id);
  typists.value = [...others, { user_id, channel_id, thread_id, until: Date.now() + shown_ms }];
  setTimeout(sweep, shown_ms + 100);
});

let told = { place: '', at: 0 };

/** Tells that one writes, at most every few seconds. */
export function tellTyping(channel_id: string, thread_id: string | null): void {
  const place = `${channel_id}/${thread_id ?? ''}`;
  if (told.place === place && Date.now() - told.at < tellEvery_ms) return;
  told = { place, at: Date.now() };
  rest
    .call('POST /channels/:channel_id/typing', { channel_id, body: { thread_id } })
    .catch(() => undefined);
}

/** A message was sent: the next letter is told at once. */
export function stopTyping(): void {
  told = { place: '', at: 0 };
}

// Which channel of a space was open last: the space's link leads there.
import { effect } from '@preact/signals';
import { channel_id } from './address.ts';
import { state } from './live.ts';

const last = new Map<string, string>();

effect(() => {
  const channel = state.value?.channel(channel_id.value ?? '');
  if (channel?.space_id != null) last.set(channel.space_id, channel.id);
});

export const lastIn = (space_id: string): string | null => last.get(space_id) ?? null;

// Which space was open last, and which channel of each: the space's link leads there.
import { effect } from '@preact/signals';
import { channel_id } from './address.ts';
import { state } from './live.ts';

const last = new Map<string, string>();
let space: string | null = null;

effect(() => {
  const channel = state.value?.channel(channel_id.value ?? '');
  if (channel?.space_id == null) return;
  last.set(channel.space_id, channel.id);
  space = channel.space_id;
});

/** The space that was open last; null at first. */
export const lastSpace = (): string | null => space;

export const lastIn = (space_id: string): string | null => last.get(space_id) ?? null;

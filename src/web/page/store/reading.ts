// What was read: told to the server for all devices of the account, and where the line of what is new stands.
import { signal } from '@preact/signals';
import { byAge } from '../../../client/shelves.ts';
import { seen, state } from './live.ts';
import { rest } from './session.ts';

/** Channels in which something is unread. */
export function isUnread(channel_id: string): boolean {
  const now = seen('unread', 'mutes');
  return now !== null && now.unread.has(channel_id) && !now.mutes.has(channel_id);
}

/** How often one is mentioned in what is unread; muted channels show it as well. */
export function mentionsIn(channel_id: string): number {
  return seen('unread')?.unread.get(channel_id)?.mention_count ?? 0;
}

/** By channel, up to where it was read when it was opened: the line of what is new stays there. */
const lines = signal<ReadonlyMap<string, string | null>>(new Map());

/** The newest message that was read before the channel was opened; undefined if all was. */
export const lineIn = (channel_id: string) => lines.value.get(channel_id);

export function drawLine(channel_id: string): void {
  const unread = state.peek()?.unread.get(channel_id);
  const next = new Map(lines.peek());
  if (unread === undefined) next.delete(channel_id);
  else next.set(channel_id, unread.last_read_message_id ?? null);
  lines.value = next;
}

/** The newest message that was acknowledged here, by channel. */
const told = new Map<string, string>();

/** Tells that everything up to a message was read. */
export function acknowledge(channel_id: string, message_id: string): void {
  const now = state.peek();
  if (!now?.unread.has(channel_id) || byAge(told.get(channel_id) ?? '', message_id) >= 0) return;
  told.set(channel_id, message_id);
  rest
    .call('POST /channels/:channel_id/ack', { channel_id, body: { message_id } })
    .catch(() => void told.delete(channel_id));
}

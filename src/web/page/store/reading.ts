// What was read: told to the server for all devices of the account, and where the line of what is new stands.
import { signal } from '@preact/signals';
import type { Answer } from '../../../client/wire.ts';
import { acknowledged } from '../../../client/reading.ts';
import { byAge } from '../../../client/shelves.ts';
import { onHeard, seen, state } from './live.ts';
import { rest } from './session.ts';

export type UnreadThread = Answer<'GET /users/@me/read-states/threads'>[number];

/** The unread threads that one takes part in, the one with the newest answer first; `thread-news.ts` keeps them. */
export const unreadThreads = signal<readonly UnreadThread[]>([]);

/** Those of a channel; none where it is muted. */
export function threadsIn(channel_id: string): readonly UnreadThread[] {
  if (seen('mutes')?.mutes.has(channel_id)) return [];
  return unreadThreads.value.filter((one) => one.channel_id === channel_id);
}

/** Channels in which something is unread; what is muted does not ask to be read. */
export function isUnread(channel_id: string): boolean {
  const now = seen('unread', 'mutes');
  return now !== null && now.unread.has(channel_id) && !now.mutes.has(channel_id);
}

/** How often one is mentioned in what is unread. */
export function mentionsIn(channel_id: string): number {
  const now = seen('unread', 'mutes');
  if (now === null || now.mutes.has(channel_id)) return 0;
  return now.unread.get(channel_id)?.mention_count ?? 0;
}

export interface Waiting {
  readonly isUnread: boolean;
  readonly mentions: number;
}

/** What waits to be read in some channels together. */
export function waitingIn(channel_ids: Iterable<string>): Waiting {
  let [isAny, mentions] = [false, 0];
  for (const id of channel_ids) {
    const threads = threadsIn(id);
    isAny ||= isUnread(id) || threads.length > 0;
    mentions += threads.reduce((sum, one) => sum + one.mention_count, mentionsIn(id));
  }
  return { isUnread: isAny, mentions };
}

/** What waits to be read anywhere. */
export function waiting(): Waiting {
  const inThreads = unreadThreads.value.map(({ channel_id }) => channel_id);
  return waitingIn(new Set([...(seen('unread')?.unread.keys() ?? []), ...inThreads]));
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

/** Tells that everything up to a message was read. Throws what the server says against it. */
async function tell(channel_id: string, message_id: string): Promise<void> {
  const now = state.peek();
  await rest.call('POST /channels/:channel_id/ack', { channel_id, body: { message_id } });
  if (now !== null && now === state.peek()) acknowledged(now, { channel_id, message_id });
}

/** Tells it without waiting; where it fails, the next message tells it again. */
export function acknowledge(channel_id: string, message_id: string): void {
  const now = state.peek();
  if (!now?.unread.has(channel_id) || byAge(told.get(channel_id) ?? '', message_id) >= 0) return;
  told.set(channel_id, message_id);
  tell(channel_id, message_id).catch(() => void told.delete(channel_id));
}

/** Marks channels as read, as far as they reach now, and `whole`, their threads. Throws what the server says against it. */
export async function markRead(
  channel_ids: Iterable<string>,
  what: 'whole' | 'feed' = 'whole',
): Promise<void> {
  const now = state.peek();
  for (const id of [...channel_ids]) {
    const newest = now?.unread.get(id)?.last_message_id ?? now?.channel(id)?.last_message_id;
    if (now?.unread.has(id) && newest != null) await tell(id, newest);
    for (const { channel_id, thread_id, last_message_id } of what === 'feed'
      ? []
      : unreadThreads.peek()) {
      if (channel_id !== id || last_message_id === undefined) continue;
      const body = { message_id: last_message_id, thread_id };
      await rest.call('POST /channels/:channel_id/ack', { channel_id, body });
    }
  }
}

export async function mute(channel_id: string, isWanted: boolean): Promise<void> {
  if (isWanted) await rest.call('PUT /channels/:channel_id/mute', { channel_id });
  else await rest.call('DELETE /channels/:channel_id/mute', { channel_id });
}

onHeard((event) => {
  // The picture is another one: what was told before may stand in it as unread.
  if (event.type === 'ready') told.clear();
});

// What the events of calls change: for whom it rings. The server ends no ring; those who hear it do.
import type { Ringing, Shelves } from '../shelves.ts';
import type { Handlers } from './handlers.ts';

function set(shelves: Shelves, ring: Ringing): void {
  if (ring.waiting.length === 0) shelves.rings.delete(ring.channel_id);
  else shelves.rings.set(ring.channel_id, ring);
  shelves.touch('rings');
}

/** Somebody has come or declined: it rings for them no longer, on none of their devices. */
function answer(shelves: Shelves, channel_id: string, user_id: string): void {
  const ring = shelves.rings.get(channel_id);
  if (ring === undefined) return;
  set(shelves, { ...ring, waiting: ring.waiting.filter((id) => id !== user_id) });
}

/** It rings for nobody any more. */
export function silence(shelves: Shelves, channel_id: string): void {
  if (shelves.rings.delete(channel_id)) shelves.touch('rings');
}

export const callHandlers: Handlers = {
  'call.ring'(shelves, { channel_id, caller_id, participants }) {
    const isThere = (id: string) => shelves.voice.get(id)?.channel_id === channel_id;
    const waiting = participants.filter((id) => id !== caller_id && !isThere(id));
    set(shelves, { channel_id, caller_id, waiting, since_ms: Date.now() });
  },
  'call.decline'(shelves, { channel_id, user_id }) {
    answer(shelves, channel_id, user_id);
  },
  'call.cancel'(shelves, { channel_id, user_id }) {
    if (shelves.rings.get(channel_id)?.caller_id === user_id) silence(shelves, channel_id);
  },
  'call.end'(shelves, { channel_id }) {
    silence(shelves, channel_id);
  },
  'voice.state_update'(shelves, { channel_id, user_id }) {
    if (channel_id !== null) answer(shelves, channel_id, user_id);
  },
  'channel.delete'(shelves, { id }) {
    silence(shelves, id);
  },
};

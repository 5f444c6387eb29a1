// What was read in threads, each of which has a state of its own, and what waits there.
import { byAge } from '../../../client/shelves.ts';
import { rest } from './session.ts';

/** The newest answer that was acknowledged here, by thread. */
const told = new Map<string, string>();

export function acknowledgeThread(channel_id: string, thread_id: string, message_id: string): void {
  if (byAge(told.get(thread_id) ?? '', message_id) >= 0) return;
  told.set(thread_id, message_id);
  rest
    .call('POST /channels/:channel_id/ack', { channel_id, body: { message_id, thread_id } })
    .catch(() => void told.delete(thread_id));
}

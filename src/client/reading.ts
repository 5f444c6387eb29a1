// What follows when the server has taken an acknowledgement.
import { byAge, type Shelves } from './shelves.ts';

interface Pointer {
  readonly channel_id: string;
  /** The newest message that was seen. */
  readonly message_id: string;
}

/**
 * A channel of which all was seen is read. The server tells nothing where its pointer stood there
 * already, as after the deletion of the one message that was new.
 */
export function acknowledged(shelves: Shelves, { channel_id, message_id }: Pointer): void {
  // Where it is known which messages are new, what was deleted counts no more.
  if (!shelves.unread.has(channel_id) || shelves.news.has(channel_id)) return;
  const newest = shelves.channel(channel_id)?.last_message_id ?? null;
  // The newest one that is known was deleted: what was seen is all there is.
  const isUnknown = newest === null || shelves.vague.has(channel_id);
  if (!isUnknown && byAge(newest, message_id) > 0) return;
  shelves.unread.delete(channel_id);
  shelves.touch('unread');
}

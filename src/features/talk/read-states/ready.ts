// The unread channels of a session: in READY, and after it.
import { readerOf } from '../../../access/hearing.ts';
import type { App } from '../../../app.ts';
import type { Listener } from '../../../events/hub.ts';
import { told, type ReadyList } from '../../../gateway/ready-list.ts';
import { hasClosed } from '../../spaces/conversations/queries.ts';
import { readStateUpdated } from './events.ts';
import type { ReadState, Unread } from './schema.ts';
import { unreadChannel, unreadChannels } from './unread.ts';

/** Where nothing was acknowledged yet. */
const nothing = '0';

/** An unread channel as the event of read states shows it. */
export function readStateOf({
  channel_id,
  last_read_message_id = nothing,
  mention_count,
}: Unread): ReadState {
  return { channel_id, last_read_message_id, mention_count, unread: true };
}

/** Tells how far a channel is read that did not fit into READY, if it is still unread. */
function* stateFrames(app: App, listener: Listener, channel_id: string): Generator<string, void> {
  const { user_id } = listener;
  // A closed window is not unread.
  if (hasClosed(app.db, channel_id, user_id)) return;
  const unread = unreadChannel(app, readerOf(app.db, user_id), channel_id);
  if (unread !== null) yield* told(app, listener, readStateUpdated, readStateOf(unread));
}

export const readyUnread: ReadyList = {
  list: 'unread',
  max_bytes: 24 * 1024,
  *entries(app, listener) {
    if (listener.guest_of !== null) return;
    for (const entry of unreadChannels(app, readerOf(app.db, listener.user_id), 'newest')) {
      yield { entry, again: () => stateFrames(app, listener, entry.channel_id) };
    }
  },
};

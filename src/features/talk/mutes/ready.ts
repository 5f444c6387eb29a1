// The muted channels of a session: in READY, and after it.
import { readerOf } from '../../../access/hearing.ts';
import type { App } from '../../../app.ts';
import type { Listener } from '../../../events/hub.ts';
import { told, type ReadyList } from '../../../gateway/ready-list.ts';
import { muteCreated } from './events.ts';
import { isMuted, mutedChannels, views } from './muted.ts';

/** Tells that a channel is muted that did not fit into READY, if it still is, and in view. */
function* muteFrames(app: App, listener: Listener, channel_id: string): Generator<string, void> {
  const { user_id } = listener;
  if (!views(app, readerOf(app.db, user_id), channel_id)) return;
  if (isMuted(app, user_id, channel_id)) yield* told(app, listener, muteCreated, { channel_id });
}

export const readyMutes: ReadyList = {
  list: 'mutes',
  max_bytes: 8 * 1024,
  *entries(app, listener) {
    if (listener.guest_of !== null) return;
    for (const channel_id of mutedChannels(app, readerOf(app.db, listener.user_id))) {
      yield { entry: { channel_id }, again: () => muteFrames(app, listener, channel_id) };
    }
  },
};

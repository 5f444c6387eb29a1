// The conversations whose window a session has open, in READY and after READY.
import { told, type ReadyList } from '../../../gateway/ready-list.ts';
import { conversationOpened } from './events.ts';
import { hasClosed, openConversations } from './queries.ts';
import { conversationView, conversationViews } from './view.ts';

export const readyConversations: ReadyList = {
  list: 'dm_channels',
  *entries(app, listener) {
    const { user_id, guest_of } = listener;
    if (guest_of !== null) return;
    for (const entry of conversationViews(app.db, openConversations(app.db, user_id), user_id)) {
      const { id } = entry;
      yield {
        entry,
        *again() {
          const view = conversationView(app.db, id, user_id);
          if (view === null || hasClosed(app.db, id, user_id)) return;
          yield* told(app, listener, conversationOpened, view);
        },
      };
    }
  },
};

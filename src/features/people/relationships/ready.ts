// Friends, requests and blocks in READY and after it.
import { told, type ReadyList } from '../../../gateway/ready-list.ts';
import { findUser } from '../users/queries.ts';
import { relationshipAdded, relationshipUpdated } from './events.ts';
import { findRelation, relationsOf } from './queries.ts';
import { kind } from './schema.ts';
import { relationView, relationViews } from './view.ts';

/** So many are read at once. */
const slice = 100;

export const readyRelationships: ReadyList = {
  list: 'relationships',
  *entries(app, listener) {
    if (listener.guest_of !== null) return;
    const { user_id } = listener;
    const rows = relationsOf(app.db, user_id);
    for (let from = 0; from < rows.length; from += slice) {
      for (const entry of relationViews(app, rows.slice(from, from + slice))) {
        yield {
          entry,
          *again() {
            const row = findRelation(app.db, user_id, entry.id);
            const user = findUser(app.db, entry.id);
            if (row === undefined || user === undefined) return;
            const event = row.type === kind.friend ? relationshipUpdated : relationshipAdded;
            yield* told(app, listener, event, relationView(app, row, user));
          },
        };
      }
    }
  },
};

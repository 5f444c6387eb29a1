// The spaces that a session sees, in READY and after READY.
import type { Db } from '../../../db/open.ts';
import type { Listener } from '../../../events/hub.ts';
import { hearsSpace, told, type ReadyList } from '../../../gateway/ready-list.ts';
import { spaceCreated } from './events.ts';
import { findSpace, spacesOfMember, type SpaceRow } from './queries.ts';
import { spaceView } from './view.ts';

/** Returns the spaces of the account, or the one that a guest reads. */
export function spacesSeen(db: Db, { user_id, guest_of }: Listener): SpaceRow[] {
  if (guest_of === null) return spacesOfMember(db, user_id);
  return [findSpace(db, guest_of)].filter((row) => row !== undefined);
}

export const readySpaces: ReadyList = {
  list: 'spaces',
  *entries(app, listener) {
    for (const space of spacesSeen(app.db, listener)) {
      const { id } = space;
      yield {
        entry: spaceView(app.db, space),
        *again() {
          const row = findSpace(app.db, id);
          if (row === undefined || !hearsSpace(listener, id)) return;
          yield* told(app, listener, spaceCreated, spaceView(app.db, row));
        },
      };
    }
  },
};

// The spaces that a session sees, in READY and after READY.
import { spacesOf } from '../../../access/hearing.ts';
import { spaceAccess } from '../../../access/load.ts';
import type { App } from '../../../app.ts';
import type { Listener } from '../../../events/hub.ts';
import { hearsSpace, told, type ReadyList } from '../../../gateway/ready-list.ts';
import { maxMembers } from '../../base/settings/queries.ts';
import { spaceCreated } from './events.ts';
import { spacePicture } from './pictures.ts';
import { findSpace } from './queries.ts';
import { spaceView } from './view.ts';

/** Returns the ids of the spaces of the account, or of the one that a guest reads. */
export function spacesSeen(app: App, { user_id, guest_of }: Listener): string[] {
  const ids = guest_of === null ? spacesOf(app.db, user_id) : [guest_of];
  return ids.filter((id) => spaceAccess(app, id) !== null);
}

export const readySpaces: ReadyList = {
  list: 'spaces',
  *entries(app, listener, space_ids) {
    const max_members = String(maxMembers(app.db));
    for (const id of space_ids) {
      const picture = spacePicture(app, id);
      if (picture === null) continue;
      yield {
        entry: picture.with(max_members),
        *again() {
          const row = findSpace(app.db, id);
          if (row === undefined || !hearsSpace(listener, id)) return;
          yield* told(app, listener, spaceCreated, spaceView(app.db, row));
        },
      };
    }
  },
};

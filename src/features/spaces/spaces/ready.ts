// The spaces that a session sees, in READY and after READY.
import { spacesOf } from '../../../access/hearing.ts';
import { spaceAccess } from '../../../access/load.ts';
import type { App } from '../../../app.ts';
import type { Listener } from '../../../events/hub.ts';
import { hearsSpace, toldWritten, type ReadyList } from '../../../gateway/ready-list.ts';
import { maxMembers } from '../../base/settings/queries.ts';
import { spaceCreated } from './events.ts';
import { spacePicture } from './pictures.ts';

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
          const now = spacePicture(app, id);
          if (now === null || !hearsSpace(listener, id)) return;
          const written = now.with(String(maxMembers(app.db)));
          yield* toldWritten(app, listener, spaceCreated, written);
        },
      };
    }
  },
};

// The roles that a session sees: in READY, after READY, and on joining a space.
import type { App } from '../../../app.ts';
import type { Listener } from '../../../events/hub.ts';
import { hearsSpace, toldWritten, type ReadyList } from '../../../gateway/ready-list.ts';
import { roleCreated } from './events.ts';
import { rolePictures } from './pictures.ts';

/** Makes a `role.create` frame, if the session hears the space. */
export function* roleFrames(
  app: App,
  listener: Listener,
  space_id: string,
  id: string,
): Generator<string, void> {
  const role = rolePictures(app, space_id).find((one) => one.id === id);
  if (role === undefined || !hearsSpace(listener, space_id)) return;
  const text = `{"space_id":"${space_id}","role":${role.written.text}}`;
  yield* toldWritten(app, listener, roleCreated, { text });
}

export const readyRoles: ReadyList = {
  list: 'roles',
  *entries(app, listener, space_ids) {
    for (const space_id of space_ids) {
      for (const { id, written } of rolePictures(app, space_id)) {
        yield { entry: written, again: () => roleFrames(app, listener, space_id, id) };
      }
    }
  },
};

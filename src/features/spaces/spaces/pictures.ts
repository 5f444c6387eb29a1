// Spaces as READY shows them, kept until they change.
import type { App } from '../../../app.ts';
import { consequence, consequenceOfMove } from '../../../consequence.ts';
import { changesPicture, pictureOf, picturesOf } from '../../../gateway/pictures.ts';
import { OpenText, Written } from '../../../lib/written.ts';
import { spaceRestyled } from './events.ts';
import { findSpace } from './queries.ts';
import { Space } from './schema.ts';
import { spaceView } from './view.ts';

const pictures = picturesOf<OpenText | null>(8 * 1024 * 1024);

/** Without `max_members`, which is a setting of the whole server. */
const Shown = Space.extend({ max_members: Space.shape.max_members.nullable() });

/** Returns a space, with the field `max_members` open; null if there is none. */
export function spacePicture(app: App, id: string): OpenText | null {
  return pictureOf(app, pictures, id, () => {
    const row = findSpace(app.db, id);
    if (row === undefined) return null;
    const view = { ...spaceView(app.db, row), max_members: null };
    return new OpenText(Written.as(Shown, view), 'max_members');
  });
}

export const redrawMovedSpace = consequenceOfMove(({ app }, { space_id, user_id }) => {
  if (space_id !== undefined && user_id === undefined) changesPicture(app, pictures, space_id);
});

export const redrawSpace = consequence(spaceRestyled, ({ app }, { id }) =>
  changesPicture(app, pictures, id),
);

// The roles of spaces as READY shows them, kept until one changes.
import type { App } from '../../../app.ts';
import { consequence, consequenceOfMove } from '../../../consequence.ts';
import { changesPicture, pictureOf, picturesOf, type Picture } from '../../../gateway/pictures.ts';
import { Written } from '../../../lib/written.ts';
import { roleRestyled } from './events.ts';
import { rolesOf } from './queries.ts';
import { Role } from './schema.ts';
import { roleView } from './view.ts';

interface Roles extends Picture {
  readonly roles: readonly { readonly id: string; readonly written: Written }[];
}

const pictures = picturesOf<Roles>(16 * 1024 * 1024);

/** Returns the roles of a space by position, @everyone first. */
export function rolePictures(app: App, space_id: string): Roles['roles'] {
  const { roles } = pictureOf(app, pictures, space_id, () => {
    const drawn = rolesOf(app.db, space_id).map((row) => {
      return { id: row.id, written: Written.as(Role, roleView(row)) };
    });
    return { roles: drawn, bytes: drawn.reduce((sum, { written }) => sum + written.bytes, 0) };
  });
  return roles;
}

export const redrawMovedRoles = consequenceOfMove(({ app }, { space_id, user_id }) => {
  if (space_id !== undefined && user_id === undefined) changesPicture(app, pictures, space_id);
});

export const redrawRole = consequence(roleRestyled, ({ app }, { space_id }) =>
  changesPicture(app, pictures, space_id),
);

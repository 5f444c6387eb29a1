// Who is in each space that is small enough for its members to be told unasked: their ids, kept until one joins or leaves.
import type { App } from '../../../app.ts';
import { consequenceOfMove } from '../../../consequence.ts';
import { changesPicture, pictureOf, picturesOf, type Picture } from '../../../gateway/pictures.ts';
import { memberIds } from './queries.ts';

/** Of a larger space, a session is told only who is online. */
const maxMembers = 1_000;
/** About what an id takes. */
const id_bytes = 24;

interface List extends Picture {
  readonly user_ids: readonly string[] | null;
}

const lists = picturesOf<List>(16 * 1024 * 1024);

/** Returns the ids of all members of a space, in their order; null for a space of more than 1,000. */
export function membersIfSmall(app: App, space_id: string): readonly string[] | null {
  return pictureOf(app, lists, space_id, () => {
    const user_ids = memberIds(app.db, space_id, '', maxMembers + 1);
    if (user_ids.length > maxMembers) return { user_ids: null, bytes: id_bytes };
    return { user_ids, bytes: user_ids.length * id_bytes };
  }).user_ids;
}

export const recountMembers = consequenceOfMove(({ app }, { space_id, user_id }) => {
  if (space_id !== undefined && user_id !== undefined) changesPicture(app, lists, space_id);
});

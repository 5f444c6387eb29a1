// Members as READY and chunks show them, written once and kept until they change.
import { spaceAccess } from '../../../access/load.ts';
import type { App } from '../../../app.ts';
import { consequence, consequenceOfMove } from '../../../consequence.ts';
import { changesPicture, pictureOf, picturesOf, type Picture } from '../../../gateway/pictures.ts';
import { Written } from '../../../lib/written.ts';
import { userUpdated } from '../../people/users/events.ts';
import { userPicture } from '../../people/users/pictures.ts';
import { findMember, findMembers, type FullMember } from './queries.ts';
import { Member } from './schema.ts';
import { memberView } from './view.ts';

/** A membership as others see it, without the account. */
interface Membership extends Picture {
  readonly role_ids: readonly string[];
  readonly written: Written;
}

/** A member as others see it. */
export interface MemberPicture {
  readonly space_id: string;
  readonly user_id: string;
  readonly member: Written;
  readonly user: Written;
}

const pictures = picturesOf<Membership>(32 * 1024 * 1024);
const keyOf = (space_id: string, user_id: string) => `${space_id}:${user_id}`;

/** Returns those of the accounts that are members of the space, in the order given. */
export function memberPictures(
  app: App,
  space_id: string,
  user_ids: readonly string[],
): MemberPicture[] {
  const space = spaceAccess(app, space_id);
  if (space === null) return [];
  const table = app.cache.table(pictures);
  const keys = user_ids.map((id) => keyOf(space_id, id));
  const unknown = user_ids.filter((_, n) => {
    const key = keys[n] ?? '';
    const kept = table.current(key);
    // A role that is deleted leaves its members without an event for each.
    const isOld = kept?.role_ids.some((id) => !space.roles.has(id));
    if (isOld) table.change(key);
    return kept === undefined || isOld;
  });
  const read = new Map(findMembers(app.db, space_id, unknown).map((one) => [one.user.id, one]));
  // Who is neither kept nor found is no member.
  const asked = new Set(unknown);
  return user_ids.flatMap((user_id, n) => {
    const row = read.get(user_id);
    if (row === undefined && asked.has(user_id)) return [];
    return drawn(app, { space_id, user_id, key: keys[n] ?? '' }, row);
  });
}

/** Returns the member; null if the account is none. */
export function memberPicture(app: App, space_id: string, user_id: string): MemberPicture | null {
  return memberPictures(app, space_id, [user_id])[0] ?? null;
}

function drawn(
  app: App,
  { space_id, user_id, key }: { space_id: string; user_id: string; key: string },
  read: FullMember | undefined,
): MemberPicture {
  const full = (): FullMember => {
    const row = read ?? findMember(app.db, space_id, user_id);
    if (row === undefined) throw new Error(`${user_id} is no member of ${space_id}`);
    return row;
  };
  const { written: member } = pictureOf(app, pictures, key, () => {
    const row = full();
    const written = Written.as(Member, memberView(row));
    return { role_ids: row.role_ids, written, bytes: written.bytes };
  });
  const user = userPicture(app, user_id, () => full().user);
  return { space_id, user_id, member, user };
}

/** Writes the membership with the account in `user`. */
export function withUser({ member, user }: MemberPicture): Written {
  const [field, end] = [',"user":', '}'];
  const text = member.text.slice(0, -end.length) + field + user.text + end;
  return new Written(text, member.bytes + field.length + user.bytes);
}

export const redrawMember = consequenceOfMove(({ app }, { space_id, user_id }) => {
  if (space_id === undefined || user_id === undefined) return;
  changesPicture(app, pictures, keyOf(space_id, user_id));
});

/** An account that is deleted loses its nicknames. */
export const redrawMemberships = consequence(userUpdated, ({ app }, { id }, { space_ids }) => {
  for (const space_id of space_ids) changesPicture(app, pictures, keyOf(space_id, id));
});

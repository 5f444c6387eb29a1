// Turns invite rows into what clients see.
import type { Db } from '../../../db/open.ts';
import type { SpaceRow } from '../../spaces/spaces/queries.ts';
import { findUser, isGone } from '../../people/users/queries.ts';
import { publicUser } from '../../people/users/view.ts';
import { time, timeOrNull } from '../../shapes.ts';
import { inviterOf, memberCount, type InviteRow } from './queries.ts';
import type { Invite } from './schema.ts';

export function inviteView(row: InviteRow): Invite {
  return {
    code: row.code,
    space_id: row.space_id,
    channel_id: row.channel_id,
    inviter_id: inviterOf(row),
    max_uses: row.max_uses,
    uses: row.uses,
    max_age: row.max_age,
    temporary: row.temporary,
    created_at: time(row.created_at),
    expires_at: timeOrNull(row.expires_at),
  };
}

/** The invite with its space and its maker. */
export function inviteDetails(db: Db, row: InviteRow, space: SpaceRow) {
  const inviter_id = inviterOf(row);
  const inviter = inviter_id === null ? undefined : findUser(db, inviter_id);
  return {
    ...inviteView(row),
    space: {
      id: space.id,
      name: space.name,
      slug: space.slug,
      description: space.description,
      icon: space.icon,
      member_count: memberCount(db, space.id),
      public: space.public,
      allow_guest_access: space.allow_guest_access,
    },
    ...(inviter === undefined || isGone(inviter) ? {} : { inviter: publicUser(inviter) }),
  };
}

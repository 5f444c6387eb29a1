// The one access rule of spaces that reads their rows: a space may be named by its slug.
import { has, spacePermissions } from '../../access/evaluate.ts';
import { memberAccess, spaceAccess } from '../../access/load.ts';
import { takesGuests } from '../../access/guests.ts';
import { onlyAccounts, type Asked, type Rule } from '../../access/rules.ts';
import { ApiError } from '../../errors.ts';
import { findSpace, findSpaceBySlug, type SpaceRow } from './queries.ts';

/** Anyone for a public space, its members for a private one; grants the row. */
export const reader: Rule<'space_id', { row: SpaceRow }> = {
  needs: ['space_id'],
  says: 'space: anyone if public, else member',
  token: false,
  grant({ app, actor, guest, params }: Asked<'space_id'>) {
    const row = findSpace(app.db, params.space_id) ?? findSpaceBySlug(app.db, params.space_id);
    const space = row === undefined ? null : spaceAccess(app, row.id);
    if (row === undefined || space === null) {
      throw new ApiError('not_found', 'There is no such space (unknown_space).');
    }
    if (guest !== null && !takesGuests(space)) throw onlyAccounts();
    if (row.public) return { row };
    if (actor === null) {
      throw new ApiError('unauthorized', 'This needs a valid token in the Authorization header.');
    }
    const member = memberAccess(app, row.id, actor.id);
    if (!has(spacePermissions(space, member, actor), 'view_channel')) {
      throw new ApiError('forbidden', 'Only members of this space may do this.');
    }
    return { row };
  },
};

// The REST endpoint of presence: how everyone in a space is seen.
import { z } from 'zod';
import { spaceMemberOrGuest } from '../../../access/reading.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { ListQuery } from '../../shapes.ts';
import { memberIds } from '../../spaces/members/queries.ts';
import { offline, presences } from './presences.ts';
import { Presence } from './schema.ts';

export const listPresences = endpoint({
  method: 'GET',
  path: '/spaces/:space_id/presences',
  summary: 'List the presence of all members of a space by user id, also of those who are offline',
  hint: 'Guests get an empty list: they are told no presence.',
  access: spaceMemberOrGuest,
  query: ListQuery,
  returns: z.array(Presence),
  form: 'page',
  run({ app, actor, space: { id }, query }) {
    if (actor === null) return { items: [], cursor: null };
    const ids = memberIds(app.db, id, query.after ?? '', query.limit + 1);
    const shown = ids.slice(0, query.limit);
    const after = shown.at(-1);
    const here = presences(app);
    return {
      items: shown.map((user_id) => here.of(user_id) ?? offline(user_id)),
      cursor: ids.length > query.limit && after !== undefined ? { after, has_more: true } : null,
    };
  },
});

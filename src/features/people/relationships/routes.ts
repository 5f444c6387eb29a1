// The REST endpoints of friends, requests and blocks.
import { z } from 'zod';
import { isGuest } from '../../../access/place.ts';
import { account, accountOrGuest } from '../../../access/rules.ts';
import { noSuch } from '../../../errors.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { ListQuery, pageOf } from '../../shapes.ts';
import { readUser } from '../users/memory.ts';
import { PublicUser } from '../users/schema.ts';
import { publicUser } from '../users/view.ts';
import { befriend, block, remove } from './actions.ts';
import { mutualFriends, relationsOf } from './queries.ts';
import {
  kind,
  maxIncoming,
  maxPerHour,
  maxRelations,
  maxToOne,
  Relationship,
  RelationshipWish,
} from './schema.ts';
import { relationViews } from './view.ts';

export const listRelationships = endpoint({
  method: 'GET',
  path: '/users/@me/relationships',
  summary: 'List one’s friends, requests and blocks, newest first; none for guests',
  access: accountOrGuest,
  query: ListQuery,
  returns: z.array(Relationship),
  run({ app, viewer, query }) {
    if (isGuest(viewer)) return [];
    const rows = relationsOf(app.db, viewer.id).map((row) => ({ ...row, id: row.target_id }));
    return relationViews(app, pageOf(rows, query));
  },
});

export const putRelationship = endpoint({
  method: 'PUT',
  path: '/users/@me/relationships/:user_id',
  summary: 'Ask somebody for friendship, accept what they asked, or block them',
  hint:
    `An account has at most ${maxRelations} friends, requests and blocks, ${maxIncoming} requests of others among them; ` +
    `it makes at most ${maxPerHour} requests in an hour, ${maxToOne} in a day to the same account. Bots can block and be blocked, nothing else.`,
  access: account,
  body: RelationshipWish,
  returns: Relationship,
  errors: ['invalid_request', 'forbidden', 'not_found', 'rate_limited'],
  run: ({ turn, actor, params, body }) =>
    (body.type === kind.blocked ? block : befriend)(turn, actor, params.user_id),
});

export const deleteRelationship = endpoint({
  method: 'DELETE',
  path: '/users/@me/relationships/:user_id',
  summary: 'End a friendship, decline or take back a request, or unblock',
  access: account,
  returns: z.object({}),
  form: 'plain',
  errors: ['not_found'],
  run({ turn, actor, params }) {
    remove(turn, actor, params.user_id);
    return {};
  },
});

export const listMutualFriends = endpoint({
  method: 'GET',
  path: '/users/:user_id/mutual-friends',
  summary: 'List the friends that one shares with somebody, one’s own newest first',
  access: account,
  query: ListQuery,
  returns: z.array(PublicUser),
  errors: ['not_found'],
  run({ app, actor, params: { user_id }, query }) {
    if (readUser(app, user_id) === undefined) throw noSuch('user');
    const ids = mutualFriends(app.db, actor.id, user_id).map((id) => ({ id }));
    return pageOf(ids, query).flatMap(({ id }) => {
      const row = readUser(app, id);
      return row === undefined ? [] : [publicUser(row)];
    });
  },
});

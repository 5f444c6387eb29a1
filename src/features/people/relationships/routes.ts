// The REST endpoints of friends and blocks.
import { z } from 'zod';
import { account, accountOrGuest } from '../../../access/rules.ts';
import { noSuch } from '../../../errors.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { readUser } from '../users/memory.ts';
import { PublicUser } from '../users/schema.ts';
import { Relationship } from './schema.ts';

export const listRelationships = endpoint({
  method: 'GET',
  path: '/users/@me/relationships',
  summary: 'List one’s friends and blocks; always empty, since there are none yet',
  access: accountOrGuest,
  returns: z.array(Relationship),
  run: () => [],
});

export const listMutualFriends = endpoint({
  method: 'GET',
  path: '/users/:user_id/mutual-friends',
  summary: 'List the friends that one shares with somebody; always empty, since there are none yet',
  access: account,
  returns: z.array(PublicUser),
  errors: ['not_found'],
  run({ app, params }) {
    if (readUser(app, params.user_id) === undefined) throw noSuch('user');
    return [];
  },
});

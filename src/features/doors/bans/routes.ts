// The REST surface of bans.
import { z } from 'zod';
import { space } from '../../../access/rules.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { Nothing } from '../../shapes.ts';
import { ban, banPage, knownBan, unban } from './actions.ts';
import { Ban, BansQuery, BanWithPurge, NewBan } from './schema.ts';
import { banView } from './view.ts';

export const listBans = endpoint({
  method: 'GET',
  path: '/spaces/:space_id/bans',
  summary: 'List the bans of a space, newest first',
  access: space('ban_members'),
  query: BansQuery,
  returns: z.array(Ban),
  form: 'page',
  run({ app, space: { id }, query }) {
    const { bans, more } = banPage(app, id, query);
    const last = bans.at(-1);
    const isForward = query.after !== undefined || query.before === undefined;
    return {
      items: bans.map(banView),
      cursor: isForward && more && last ? { after: last.ban.user_id, has_more: true } : null,
    };
  },
});

export const getBan = endpoint({
  method: 'GET',
  path: '/spaces/:space_id/bans/:user_id',
  summary: 'Read the ban of an account',
  access: space('ban_members'),
  returns: Ban,
  run: ({ app, space: { id }, params }) => banView(knownBan(app.db, id, params.user_id)),
});

export const banUser = endpoint({
  method: 'PUT',
  path: '/spaces/:space_id/bans/:user_id',
  summary: 'Keep an account out of a space, member or not',
  access: space('ban_members'),
  body: NewBan,
  returns: BanWithPurge,
  run: ({ turn, body, params, ...by }) => ban(turn, by, params.user_id, body),
});

export const unbanUser = endpoint({
  method: 'DELETE',
  path: '/spaces/:space_id/bans/:user_id',
  summary: 'Let an account in again',
  access: space('ban_members'),
  returns: Nothing,
  run: ({ turn, params, ...by }) => unban(turn, by, params.user_id),
});

// The REST surface of invites to the server.
import { z } from 'zod';
import { instanceAdmin } from '../../../access/rules.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { Nothing } from '../../shapes.ts';
import { NewServerInvite, ServerInvite, ServerInvitesQuery } from './schema.ts';
import { inviteToServer, removeServerInvite, serverInvites } from './server-invites.ts';
import { serverInviteView } from './view.ts';

export const listServerInvites = endpoint({
  method: 'GET',
  path: '/admin/invites',
  summary: 'List the invites to the server, the oldest first',
  access: instanceAdmin,
  query: ServerInvitesQuery,
  returns: z.array(ServerInvite),
  run: ({ app, query }) => serverInvites(app, query).map(serverInviteView),
});

export const createServerInvite = endpoint({
  method: 'POST',
  path: '/admin/invites',
  summary: 'Invite people to make an account',
  hint: 'Its page, `/invite/{code}`, opens registration to clients that cannot send the code.',
  access: instanceAdmin,
  body: NewServerInvite,
  returns: ServerInvite,
  errors: ['not_found'],
  run: ({ turn, actor, body }) => serverInviteView(inviteToServer(turn, actor, body)),
});

export const deleteServerInviteRoute = endpoint({
  method: 'DELETE',
  path: '/admin/invites/:registration_code',
  summary: 'Remove an invite to the server',
  access: instanceAdmin,
  returns: Nothing,
  run: ({ turn, actor, params }) => removeServerInvite(turn, actor, params.registration_code),
});

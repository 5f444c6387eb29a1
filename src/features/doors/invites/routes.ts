// The REST surface of invites.
import { z } from 'zod';
import { viewedClasses } from '../../../access/evaluate.ts';
import { isGuest } from '../../../access/place.ts';
import { account, accountOrGuest, space, spaceChannel } from '../../../access/rules.ts';
import type { App } from '../../../app.ts';
import { endpoint, type Page } from '../../../http/endpoint.ts';
import { Nothing } from '../../shapes.ts';
import {
  acceptInvite,
  anchorOf,
  invite,
  inviteOfSetup,
  knownInvite,
  revokeInvite,
} from './actions.ts';
import { invitesOf, type InviteRow, type Which } from './queries.ts';
import { Invite, InviteDetails, InvitesQuery, NewInvite } from './schema.ts';
import { inviteKeeper } from './rules.ts';
import { inviteDetails, inviteView } from './view.ts';

export const getInvite = endpoint({
  method: 'GET',
  path: '/invites/:code',
  summary: 'Read an invite, and what it leads to',
  access: accountOrGuest,
  returns: InviteDetails,
  errors: ['not_found'],
  run({ app, viewer, params }) {
    const setup = isGuest(viewer) ? undefined : inviteOfSetup(app, viewer, params.code);
    const { invite: row, space: found } = setup ?? knownInvite(app, params.code);
    return inviteDetails(app.db, row, found);
  },
});

export const deleteInvite = endpoint({
  method: 'DELETE',
  path: '/invites/:code',
  summary: 'Revoke an invite',
  access: inviteKeeper,
  returns: Nothing,
  run: ({ turn, actor, invite: found }) => revokeInvite(turn, actor, found),
});

export const acceptInviteRoute = endpoint({
  method: 'POST',
  path: '/invites/:code/accept',
  summary: 'Become a member by an invite',
  hint: 'A bot needs an invite from somebody with `manage_space`, or an owner who has it.',
  access: account,
  returns: Invite,
  errors: ['not_found', 'forbidden', 'invalid_request'],
  run: ({ turn, actor, params }) => inviteView(acceptInvite(turn, actor, params.code)),
});

export const listSpaceInvites = endpoint({
  method: 'GET',
  path: '/spaces/:space_id/invites',
  summary: 'List the invites of a space and of its channels, oldest first',
  access: space('manage_channels'),
  query: InvitesQuery,
  returns: z.array(Invite),
  form: 'page',
  run({ app, actor, member, space: found, query }) {
    const classes = viewedClasses(found, member, actor);
    return page(app, found.id, { channel_id: null, classes, now: app.clock.now() }, query);
  },
});

export const listChannelInvites = endpoint({
  method: 'GET',
  path: '/channels/:channel_id/invites',
  summary: 'List the invites of a channel, oldest first',
  access: spaceChannel('manage_channels'),
  query: InvitesQuery,
  returns: z.array(Invite),
  form: 'page',
  run({ app, channel: { id: channel_id, space_id, class_id }, query }) {
    const which = { channel_id, classes: [class_id], now: app.clock.now() };
    return page(app, space_id, which, query);
  },
});

function page(app: App, space_id: string, which: Which, query: InvitesQuery): Page<Invite[]> {
  const last = query.after === undefined ? null : anchorOf(app, space_id, query.after);
  if (last === undefined) return { items: [], cursor: null };
  const rows: InviteRow[] = invitesOf(app.db, space_id, which, last, query.limit + 1);
  const items = rows.slice(0, query.limit).map(inviteView);
  const end = items.at(-1);
  const more = rows.length > query.limit && end !== undefined;
  return { items, cursor: more ? { after: end.code, has_more: true } : null };
}

export const createSpaceInvite = endpoint({
  method: 'POST',
  path: '/spaces/:space_id/invites',
  summary: 'Invite people to a space',
  access: space('create_invites'),
  body: NewInvite,
  returns: Invite,
  run: ({ turn, actor, space: { id: space_id }, body }) =>
    inviteView(invite(turn, actor, { space_id, channel: null }, body)),
});

export const createChannelInvite = endpoint({
  method: 'POST',
  path: '/channels/:channel_id/invites',
  summary: 'Invite people to a channel of a space',
  access: spaceChannel('create_invites'),
  body: NewInvite,
  returns: Invite,
  run: ({ turn, actor, channel, body }) =>
    inviteView(invite(turn, actor, { space_id: channel.space_id, channel }, body)),
});

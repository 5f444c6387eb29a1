// The REST endpoints of channels and their overwrites.
import { z } from 'zod';
import { spaceReader } from '../../../access/reading.ts';
import { viewablePlaces } from '../../../access/place.ts';
import { space, spaceChannel } from '../../../access/rules.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { Positions, positionsBody_bytes } from '../roles/schema.ts';
import { ListQuery, Nothing, pageOf } from '../../shapes.ts';
import { makeChannel } from './making.ts';
import { reorderChannels } from './order.ts';
import { clearOverwrite, setOverwrite } from './overwrites.ts';
import { overwritesOf } from './queries.ts';
import { Channel, NewChannel, NewOverwrite, Overwrite } from './schema.ts';
import { overwriteView, viewable } from './view.ts';

export const listChannels = endpoint({
  method: 'GET',
  path: '/spaces/:space_id/channels',
  summary: 'List the channels of a space that one may view, by position',
  access: spaceReader,
  query: ListQuery,
  returns: z.array(Channel),
  // Pages only viewable channels, so that the position of a hidden one stays secret.
  run: ({ app, space: found, viewer, query }) => pageOf(viewable(app, found, viewer), query),
});

export const createChannelRoute = endpoint({
  method: 'POST',
  path: '/spaces/:space_id/channels',
  summary: 'Make a channel',
  access: space('manage_channels'),
  body: NewChannel,
  returns: Channel,
  run: ({ turn, body, ...by }) => makeChannel(turn, by, body),
});

export const reorderChannelsRoute = endpoint({
  method: 'PATCH',
  path: '/spaces/:space_id/channels',
  summary: 'Move channels',
  access: space('manage_channels'),
  body: Positions,
  body_limit: positionsBody_bytes,
  returns: z.array(Channel),
  run({ app, turn, actor, space: found, body }) {
    // An actor cannot move channels that it does not see.
    const places = viewablePlaces(app, actor, found);
    const visible = new Set(places.map(({ channel: { id } }) => id));
    const wishes = body.filter(({ id }) => visible.has(id));
    return reorderChannels(turn, { actor, space: found }, wishes).filter(({ id }) =>
      visible.has(id),
    );
  },
});

export const listOverwrites = endpoint({
  method: 'GET',
  path: '/channels/:channel_id/permissions',
  summary: 'List the overwrites of a channel',
  access: spaceChannel('manage_roles'),
  query: ListQuery,
  returns: z.array(Overwrite),
  run: ({ app, channel: { id }, query }) =>
    pageOf(overwritesOf(app.db, id), query).map(overwriteView),
});

export const putOverwriteRoute = endpoint({
  method: 'PUT',
  path: '/channels/:channel_id/permissions/:overwrite_id',
  summary: 'Set what a role or a member may do in a channel',
  access: spaceChannel('manage_roles'),
  body: NewOverwrite,
  returns: Overwrite,
  run({ turn, body, params: { overwrite_id: id }, ...by }) {
    setOverwrite(turn, by, id, body);
    return { ...body, id };
  },
});

export const deleteOverwriteRoute = endpoint({
  method: 'DELETE',
  path: '/channels/:channel_id/permissions/:overwrite_id',
  summary: 'Take an overwrite away',
  access: spaceChannel('manage_roles'),
  returns: Nothing,
  run: ({ turn, params, ...by }) => clearOverwrite(turn, by, params.overwrite_id),
});

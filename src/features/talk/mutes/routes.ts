// The REST surface of muted channels.
import { z } from 'zod';
import { account, channel } from '../../../access/rules.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { ListQuery, Nothing, pageOf, time } from '../../shapes.ts';
import { maxMutes, mute, unmute } from './actions.ts';
import { ownMutes } from './muted.ts';
import type { MuteRow } from './queries.ts';
import { Mute } from './schema.ts';

const muteView = (user_id: string, { channel_id, created_at }: MuteRow): Mute => ({
  user_id,
  channel_id,
  created_at: time(created_at),
});

export const listMutes = endpoint({
  method: 'GET',
  path: '/users/@me/mutes',
  summary: 'List what one has muted, oldest first',
  hint: 'Channels of a muted category are not listed; READY has them. `after` is the id of the last channel of the page before.',
  access: account,
  query: ListQuery,
  returns: z.array(Mute),
  run({ app, actor, query }) {
    const rows = ownMutes(app, actor).map((row) => ({ ...row, id: row.channel_id }));
    return pageOf(rows, query).map((row) => muteView(actor.id, row));
  },
});

export const muteChannel = endpoint({
  method: 'PUT',
  path: '/channels/:channel_id/mute',
  summary: 'Mute a channel, a category with its channels, or a conversation',
  hint: `Messages go on being delivered: clients leave out badges and sounds. An account mutes at most ${maxMutes}.`,
  access: channel('view_channel'),
  returns: Mute,
  errors: ['invalid_request'],
  run: ({ turn, ...by }) => muteView(by.actor.id, mute(turn, by)),
});

export const unmuteChannel = endpoint({
  method: 'DELETE',
  path: '/channels/:channel_id/mute',
  summary: 'Unmute a channel; never fails, also where it is gone or out of view',
  access: account,
  returns: Nothing,
  run: ({ turn, actor, params }) => unmute(turn, { actor }, params.channel_id),
});

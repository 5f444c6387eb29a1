// The REST surface of read states.
import { z } from 'zod';
import { account, channel } from '../../../access/rules.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { Nothing } from '../../shapes.ts';
import { Acknowledgement, Unread } from './schema.ts';

export const listReadStates = endpoint({
  method: 'GET',
  path: '/users/@me/read-states',
  summary: 'List one’s unread channels; always empty, since nothing is remembered yet',
  access: account,
  returns: z.array(Unread),
  run: () => [],
});

export const acknowledge = endpoint({
  method: 'POST',
  path: '/channels/:channel_id/ack',
  summary: 'Say how far one has read; accepted, but not remembered yet',
  access: channel('view_channel'),
  body: Acknowledgement,
  returns: Nothing,
  run: () => {},
});

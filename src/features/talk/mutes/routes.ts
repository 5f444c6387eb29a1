// The REST surface of muted channels.
import { z } from 'zod';
import { account } from '../../../access/rules.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { Mute } from './schema.ts';

export const listMutes = endpoint({
  method: 'GET',
  path: '/users/@me/mutes',
  summary: 'List one’s muted channels; always empty, since nothing can be muted yet',
  access: account,
  returns: z.array(Mute),
  run: () => [],
});

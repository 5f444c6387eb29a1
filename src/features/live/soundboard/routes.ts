// The REST surface of the sounds of a space.
import { z } from 'zod';
import { spaceMember } from '../../../access/rules.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { Sound } from './schema.ts';

export const listSounds = endpoint({
  method: 'GET',
  path: '/spaces/:space_id/soundboard',
  summary: 'List the sounds of a space; always empty, since there are none yet',
  access: spaceMember,
  returns: z.array(Sound),
  run: () => [],
});

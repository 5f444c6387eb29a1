// The events of the gateway itself.
import { z } from 'zod';
import { event } from '../events/event.ts';

export const resumed = event('resumed', {
  summary: 'Everything that was missed has been replayed',
  intent: null,
  audience: 'session',
  ephemeral: true,
  data: z
    .object({
      session_id: z.string(),
      seq: z.int().meta({ format: 'int64' }),
      replayed: z.int(),
    })
    .meta({ id: 'Resumed' }),
});

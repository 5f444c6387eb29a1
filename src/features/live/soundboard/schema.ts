// The wire shape of a sound: only the keys that clients are known to read.
import { z } from 'zod';
import { Id, Time } from '../../shapes.ts';

export const Sound = z.object({
  id: Id,
  name: z.string(),
  audio_url: z.string(),
  volume: z.number(),
  creator_id: Id.nullable(),
  created_at: Time,
  updated_at: Time,
});

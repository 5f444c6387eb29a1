// Wire shapes of what clients ask for at login and while they browse.
import { z } from 'zod';
import { GivenId, Id, limit, Time } from '../shapes.ts';

export const PeopleQuery = z.object({
  query: z
    .string()
    .max(128)
    .transform((given) => given.trim())
    .refine((given) => given !== '', 'must not be blank')
    .meta({ minLength: 1 })
    .describe('the beginning of a username or display name, or a whole username'),
  limit: limit(25, 100),
});

export const Acknowledgement = z.object({ message_id: GivenId }).meta({ id: 'Acknowledgement' });

/** Of lists whose features do not exist yet only the keys are known that clients read. */
export const Mute = z.object({ channel_id: Id });
export const Unread = z.object({ channel_id: Id, mention_count: z.number().int() });
export const Relationship = z.object({ id: Id, type: z.number().int() });
export const Connection = z.object({ id: z.string(), type: z.string(), name: z.string() });
export const Sound = z.object({
  id: Id,
  name: z.string(),
  audio_url: z.string(),
  volume: z.number(),
  creator_id: Id.nullable(),
  created_at: Time,
  updated_at: Time,
});
export const PluginSession = z.object({ id: Id, plugin_id: Id, channel_id: Id });

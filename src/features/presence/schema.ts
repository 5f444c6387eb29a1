// The wire shapes of presence.
import { z } from 'zod';
import { Activity } from '../../gateway/protocol.ts';
import { Id } from '../shapes.ts';

export const Presence = z
  .object({
    user_id: Id,
    status: z.enum(['online', 'idle', 'dnd', 'offline']),
    client_status: z.object({ desktop: z.string().optional() }),
    activities: z.array(Activity),
  })
  .meta({ id: 'Presence' });
export type Presence = z.output<typeof Presence>;

/** What a session chooses to show; `invisible` looks like `offline` to everybody. */
export type Status = 'online' | 'idle' | 'dnd' | 'invisible';

/** `offline` means invisible, as the Godot client sends it; what is unknown means online. */
const Status = z
  .string()
  .max(32)
  .transform((given): Status => {
    if (given === 'offline' || given === 'invisible') return 'invisible';
    return given === 'idle' || given === 'dnd' ? given : 'online';
  });

/** Activities that do not fit the shape are dropped: a broken one would break every receiver. */
const Activities = z
  .array(z.unknown())
  .max(16)
  .transform((given) =>
    given.flatMap((one) => {
      const activity = Activity.safeParse(one);
      return activity.success ? [activity.data] : [];
    }),
  );

/** PRESENCE_UPDATE, and the presence of IDENTIFY. */
export const PresenceChoice = z
  .object({
    status: Status.optional(),
    activity: z.unknown().optional(),
    activities: Activities.optional(),
  })
  .transform(({ status, activity, activities }) => ({
    status,
    activities: activities ?? (activity == null ? undefined : Activities.parse([activity])),
  }))
  .meta({ id: 'PresenceChoice' });
export type PresenceChoice = z.output<typeof PresenceChoice>;

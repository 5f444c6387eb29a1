// The wire shapes of presence.
import { z } from 'zod';
import { Activity } from '../../../gateway/protocol.ts';
import { isWebAddress } from '../../../lib/web-address.ts';
import { bounded, Id } from '../../shapes.ts';

export const Presence = z
  .object({
    user_id: Id,
    status: z.enum(['online', 'idle', 'dnd', 'offline']),
    client_status: z.object({ desktop: z.string().optional() }),
    activities: z.array(Activity),
  })
  .meta({ id: 'Presence' });
export type Presence = z.output<typeof Presence>;

/** The statuses that a session may choose; others see `invisible` as `offline`. */
export type Status = 'online' | 'idle' | 'dnd' | 'invisible';

/** `offline` means invisible, as the Godot client sends it; unknown values mean online. */
const Status = bounded(32).transform((given): Status => {
  if (given === 'offline' || given === 'invisible') return 'invisible';
  return given === 'idle' || given === 'dnd' ? given : 'online';
});

/** Limits for all activities of a session together (bytes of JSON): they are told to many. */
const maxActivities = 16;
const activities_bytes = 4 * 1024;

/** Removes keys whose value is null. */
function withoutNulls(given: unknown): unknown {
  if (typeof given !== 'object' || given === null) return given;
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
}

/** Leaves out an address that does not lead to the web: a click on it could run a program. */
function withWebAddress({ url, ...activity }: Activity): Activity {
  return url === undefined || !isWebAddress(url) ? activity : { ...activity, url };
}

/** Drops activities that have a wrong shape or are too much: they would break every receiver. */
function fittingActivities(given: readonly unknown[]): Activity[] {
  const fitting: Activity[] = [];
  let left_bytes = activities_bytes;
  for (const one of given.slice(0, maxActivities)) {
    const activity = Activity.safeParse(withoutNulls(one));
    if (!activity.success) continue;
    const told = withWebAddress(activity.data);
    const bytes = Buffer.byteLength(JSON.stringify(told));
    if (bytes > left_bytes) continue;
    left_bytes -= bytes;
    fitting.push(told);
  }
  return fitting;
}

/** The data of PRESENCE_UPDATE, and of `presence` in IDENTIFY. */
export const PresenceChoice = z
  .object({
    status: Status.optional(),
    activity: z.unknown().optional(),
    activities: z.array(z.unknown()).optional(),
  })
  .transform(({ status, activity, activities }) => {
    const given = activities ?? (activity == null ? undefined : [activity]);
    return { status, activities: given && fittingActivities(given) };
  })
  .meta({ id: 'PresenceChoice' });
export type PresenceChoice = z.output<typeof PresenceChoice>;

/** Reads status and activities in IDENTIFY; if one is malformed, the other still counts. */
export function presenceWish(given: unknown): PresenceChoice | null {
  if (typeof given !== 'object' || given === null) return null;
  const { status, activity, activities }: Record<string, unknown> = { ...given };
  const first = PresenceChoice.safeParse({ status });
  const second = PresenceChoice.safeParse({ activity, activities });
  return { status: first.data?.status, activities: second.data?.activities };
}

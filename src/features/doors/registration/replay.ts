// What RESUME replays of registrations: those that still wait, by the names that they ask for.
import type { App } from '../../../app.ts';
import { eventFrame } from '../../../events/event.ts';
import type { Stored } from '../../../events/log.ts';
import { registrationCreated } from './events.ts';
import { findRegistration } from './queries.ts';
import type { WaitingRegistration } from './schema.ts';
import { registrationView } from './view.ts';

const createBegins = eventFrame(registrationCreated.type, null, '').replace(/"data".*/, '');

/**
 * Returns logged events as they are replayed. A registration that waits is no account: its name was taken
 * out before, as that of a deleted one. Of one that was decided since, the decision alone is told.
 */
export function withWaiting(
  { db }: App,
  _user_id: string,
  events: readonly Stored[],
): readonly Stored[] {
  return events.flatMap((event) => {
    if (!event.frame.startsWith(createBegins)) return [event];
    const told: { data: WaitingRegistration } = JSON.parse(event.frame);
    const row = findRegistration(db, told.data.user.id);
    if (row === undefined) return [];
    return [{ ...event, frame: JSON.stringify({ ...told, data: registrationView(row) }) }];
  });
}

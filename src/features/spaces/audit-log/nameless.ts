// Takes the names and pictures that a deleted account had in a space out of entries about its membership.
import type { App } from '../../../app.ts';
import { eventFrame } from '../../../events/event.ts';
import type { Stored } from '../../../events/log.ts';
import { readUser } from '../../people/users/memory.ts';
import { entryRecorded } from './events.ts';
import type { AuditEntry } from './schema.ts';

/** Fields of a membership that show who it is. */
const personal: ReadonlySet<string> = new Set(['nickname', 'avatar']);

/** Returns an entry as it is shown now: of a deleted account it says what was done, and no name. */
export function withoutNames(app: App, entry: AuditEntry): AuditEntry {
  const { target_type, target_id = '', changes, ...rest } = entry;
  if (target_type !== 'member' || changes === undefined) return entry;
  if (readUser(app, target_id) !== undefined) return entry;
  const left = Object.entries(changes).filter(([field]) => !personal.has(field));
  const shown = left.length > 0 ? { changes: Object.fromEntries(left) } : {};
  return { ...rest, target_type, target_id, ...shown };
}

const begins = eventFrame(entryRecorded.type, null, '').replace(/"data".*/, '');

/** Returns logged events as they are replayed. */
export function withNamelessEntries(
  app: App,
  _user_id: string,
  events: readonly Stored[],
): readonly Stored[] {
  return events.map((event) => {
    if (!event.frame.startsWith(begins)) return event;
    const told: { data: AuditEntry } = JSON.parse(event.frame);
    const data = withoutNames(app, told.data);
    return data === told.data ? event : { ...event, frame: JSON.stringify({ ...told, data }) };
  });
}

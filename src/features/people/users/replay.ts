// Replayed events show deleted accounts as they are now, not by the name that they had.
import type { App } from '../../../app.ts';
import type { Stored } from '../../../events/log.ts';
import { withoutName } from './deletion.ts';
import { readUser } from './memory.ts';

/** How an account and a membership stand in a frame; in a text the quotes would be escaped. */
const [account, membership] = ['"username":', '"nickname":'];

const isMembership = (value: object): value is { user_id: string } =>
  'nickname' in value && 'user_id' in value && typeof value.user_id === 'string';
const isAccount = (value: object): value is { id: string; username: string } =>
  'username' in value && 'id' in value && typeof value.id === 'string';

/** Returns a value of a frame in which deleted accounts have no names. */
function nameless(app: App, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => nameless(app, one));
  if (isAccount(value)) return readUser(app, value.id) === undefined ? withoutName(value) : value;
  const isOfGone = isMembership(value) && readUser(app, value.user_id) === undefined;
  const left = isOfGone ? { ...value, nickname: null, avatar: null } : value;
  return Object.fromEntries(Object.entries(left).map(([key, one]) => [key, nameless(app, one)]));
}

/** Returns logged events in which accounts that are deleted by now have no names. */
export function withoutOldNames(
  app: App,
  _user_id: string,
  events: readonly Stored[],
): readonly Stored[] {
  return events.map((event) =>
    event.frame.includes(account) || event.frame.includes(membership)
      ? { ...event, frame: JSON.stringify(nameless(app, JSON.parse(event.frame))) }
      : event,
  );
}

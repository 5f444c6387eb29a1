// Reactions of accounts that are deleted by now are not replayed: they show nowhere.
import type { App } from '../../../app.ts';
import { eventFrame } from '../../../events/event.ts';
import type { Stored } from '../../../events/log.ts';
import { readUser } from '../../people/users/memory.ts';
import { reactionAdded } from './events.ts';

const begins = eventFrame(reactionAdded.type, null, '').replace(/"data".*/, '');

/** Returns logged events without the reactions of deleted accounts. */
export function withoutGoneReactors(
  app: App,
  _user_id: string,
  events: readonly Stored[],
): readonly Stored[] {
  return events.filter(({ frame }) => {
    if (!frame.startsWith(begins)) return true;
    const { data }: { data: { user_id: string } } = JSON.parse(frame);
    return readUser(app, data.user_id) !== undefined;
  });
}

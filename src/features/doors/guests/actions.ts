// Admits guests, counts them, and disconnects them when their space closes.
import { takesGuests } from '../../../access/guests.ts';
import { spaceAccess } from '../../../access/load.ts';
import { hashToken, newToken } from '../../../access/tokens.ts';
import type { App, StateName, Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { scope } from '../../../events/audience.ts';
import { guestsCounted, guestsCountedOld } from './events.ts';
import { insertGuest, oldestOpenSpace } from './queries.ts';

const tokenLife_ms = 3_600_000;

/** Admits a guest; throws 404 if no space takes it. Only the hash of the token is stored. */
export function admit(turn: Turn, wished: string | null) {
  const space_id = wished ?? oldestOpenSpace(turn.tx);
  const space = space_id === undefined ? null : spaceAccess(turn.app, space_id);
  if (space_id === undefined || space === null || !takesGuests(space)) {
    throw new ApiError('not_found', 'There is no space here that takes guests.');
  }
  const token = newToken();
  const expires_at = turn.now + tokenLife_ms;
  insertGuest(turn.tx, { hash: hashToken(token), space_id, created_at: turn.now, expires_at });
  return { token, expires_at, space_id };
}

/** Counts the connected guests of a space. */
export function countGuests(app: App, space_id: string): number {
  return app.hub.count(scope.guests(space_id));
}

/** The pause before a count is told: many guests who come at once are one change. */
const pause_ms = 1_000;

/** Spaces whose count is to be told when the pause is over. */
const pending: StateName<Set<string>> = { create: () => new Set() };

/** Tells the number of guests, a moment after it has changed. */
export function tellCount(app: App, space_id: string): void {
  const spaces = app.state(pending);
  if (spaces.has(space_id)) return;
  spaces.add(space_id);
  app.clock.after(pause_ms, () => {
    spaces.delete(space_id);
    const data = { count: countGuests(app, space_id), space_id };
    for (const event of [guestsCounted, guestsCountedOld]) app.send(event, { space_id }, data);
  });
}

/** Closes the sockets of all guests of a space that takes no guests any more. */
export function sendAway(app: App, space_id: string): void {
  for (const guest of [...app.hub.of(scope.guests(space_id))]) {
    guest.close(4004, 'this space takes no guests any more');
  }
}

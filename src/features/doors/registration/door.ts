// Doors: whoever presses the button of an invite's page may register from that address for a while.
import type { App, StateName } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { addressKey } from '../../../lib/address.ts';
import { createAttempts, type Attempts } from '../../../lib/attempts.ts';
import { LeastRecentMap } from '../../../lib/least-recent.ts';

const open_ms = 600_000;
const maxDoors = 10_000;

const doors: StateName<LeastRecentMap<string, { code: string; until_ms: number }>> = {
  create: () => new LeastRecentMap(maxDoors),
};

/** Opens registration for an address (see `doorKey`) for 10 minutes, by the invite. */
export function openDoor(app: App, key: string, code: string): void {
  app.state(doors).set(key, { code, until_ms: app.clock.steady() + open_ms });
}

/** Returns the code of the invite by which the address may register; null if it may not. */
export function openedBy(app: App, key: string): string | null {
  const door = app.state(doors).get(key);
  return door === undefined || door.until_ms <= app.clock.steady() ? null : door.code;
}

/** Closes the door after the one registration that it is for. */
export function closeDoor(app: App, key: string): void {
  app.state(doors).delete(key);
}

const hour_ms = 3_600_000;
const maxKnocks = 60;
const knocks: StateName<Attempts> = { create: () => createAttempts(maxKnocks, hour_ms) };

/** Counts who tries codes at doors, an hour at a time; throws 429 above the limit. */
export function countKnock(app: App, address: string): void {
  if (app.config.ACCORD_TEST_MODE) return;
  const retryAfter_s = app.state(knocks).take(addressKey(address), app.clock.steady());
  if (retryAfter_s === null) return;
  const message = 'Too many invites were tried from here; wait before you try again.';
  throw new ApiError('rate_limited', message, { retryAfter_s });
}

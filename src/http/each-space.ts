// What clients ask once for each of their spaces when they connect does not use up the rate limit.
import type { App, StateName } from '../app.ts';
import { spacesOf } from '../access/hearing.ts';
import { LeastRecentMap } from '../lib/least-recent.ts';

/**
 * So many of these requests are free in a minute, for each space that the account is in: two devices
 * may connect at once, and one of them again.
 */
export const freePerSpace = 3;
const window_ms = 60_000;

/** By account: how many are left, and until when. */
const free: StateName<LeastRecentMap<string, { left: number; until: number }>> = {
  create: () => new LeastRecentMap(100_000),
};

/** Takes one of an account's free requests; false if none is left, so that this one counts. */
export function isFree(app: App, account_id: string): boolean {
  const now = app.clock.steady();
  const accounts = app.state(free);
  let mine = accounts.get(account_id);
  if (mine === undefined || mine.until <= now) {
    const left = freePerSpace * spacesOf(app.db, account_id).length;
    mine = { left, until: now + window_ms };
    accounts.set(account_id, mine);
  }
  if (mine.left === 0) return false;
  mine.left -= 1;
  return true;
}

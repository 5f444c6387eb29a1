// What clients ask once for each of their spaces when they connect does not use up the rate limit.
import type { App, StateName } from '../app.ts';
import { spacesOf } from '../access/hearing.ts';
import { chargedTo, type Actor } from '../access/tokens.ts';
import { LeastRecentMap } from '../lib/least-recent.ts';

/**
 * So many of these requests are free in a minute, for each space that the account is in: two devices
 * may connect at once, and one of them again. An account and its bots count together.
 */
export const freePerSpace = 3;
const window_ms = 60_000;

interface Window {
  until: number;
  taken: number;
  /** How many are free for each of those who asked, by the spaces that they are in. */
  readonly free: Map<string, number>;
}

/** By the account that is charged. */
const windows: StateName<LeastRecentMap<string, Window>> = {
  create: () => new LeastRecentMap(100_000),
};

/** Takes one of an account's free requests; false if none is left, so that this one counts. */
export function isFree(app: App, actor: Pick<Actor, 'id' | 'owner_id'>): boolean {
  const now = app.clock.steady();
  const all = app.state(windows);
  const payer = chargedTo(actor);
  let window = all.get(payer);
  if (window === undefined || window.until <= now) {
    window = { until: now + window_ms, taken: 0, free: new Map() };
    all.set(payer, window);
  }
  let free = window.free.get(actor.id);
  if (free === undefined) {
    free = freePerSpace * spacesOf(app.db, actor.id).length;
    window.free.set(actor.id, free);
  }
  if (window.taken >= free) return false;
  window.taken += 1;
  return true;
}

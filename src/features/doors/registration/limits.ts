// Limits how often one may register from one address.
import type { App, StateName } from '../../../app.ts';
import { addressKey } from '../../../lib/address.ts';
import { createAttempts, type Attempts } from '../../../lib/attempts.ts';
import { tooMany } from '../auth/limits.ts';
import { logRefusal } from '../auth/refusals.ts';

const hour_ms = 3_600_000;

/** Registrations of one address in an hour that fail: typing errors, and names that are taken. */
const maxFailed = 100;

const names: StateName<ReturnType<typeof create>> = { create };

function create({ config }: App) {
  return {
    registered: createAttempts(config.REGISTRATIONS_PER_ADDRESS || Infinity, hour_ms),
    unregistered: createAttempts(maxFailed, hour_ms),
  };
}

/**
 * Counts a registration as done until it is known to have failed; throws 429 above the limits. Test
 * mode has no limit. Returns a function to call if it has failed.
 */
export function countRegistration(app: App, address: string): () => void {
  if (app.config.ACCORD_TEST_MODE) return () => {};
  const { registered, unregistered } = app.state(names);
  const key = addressKey(address);
  const now = app.clock.steady();
  const { left, wait_s } = unregistered.look(key, now);
  const retryAfter_s = left > 0 ? registered.take(key, now) : wait_s;
  if (retryAfter_s !== null) {
    logRefusal(app, { what: 'registration', address, reason: 'locked' });
    throw tooMany(retryAfter_s);
  }
  return () => failed(registered, unregistered, key, app.clock.steady());
}

function failed(registered: Attempts, unregistered: Attempts, key: string, now: number): void {
  registered.giveBack(key);
  unregistered.take(key, now);
}

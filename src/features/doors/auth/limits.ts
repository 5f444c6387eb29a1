// Limits how often one may try to log in and to register.
import type { App, StateName } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { createAttempts } from '../../../lib/attempts.ts';
import { addressKey } from '../../../lib/address.ts';
import { createFailures, TooManyFailures } from '../../../lib/failures.ts';

const window_ms = 900_000;

/** Each waits for a few rounds of hashing at most, since hashing limits its own queue, too. */
const max_waiting = 100;

const names: StateName<ReturnType<typeof create>> = { create };

function create({ clock }: App) {
  const login = { window_ms, max_waiting, now: () => clock.steady() };
  return {
    /** For one name from one address. */
    pair: createFailures({ ...login, limit: 5 }),
    /** For one name from anywhere: so high that a stranger can hardly lock the owner out. */
    name: createFailures({ ...login, limit: 100 }),
    registration: createAttempts(5, window_ms),
  };
}

const tooMany = (retryAfter_s: number) =>
  new ApiError('rate_limited', 'Too many attempts; wait before you try again.', { retryAfter_s });

/**
 * Compares a password unless too many for that name were wrong. An undecided comparison counts as
 * wrong, and is waited for. If `compare` returns null it is wrong; any other result clears the
 * count.
 */
export async function compareCounted<T>(
  app: App,
  username: string,
  address: string,
  compare: () => Promise<T | null>,
): Promise<T | null> {
  const { pair, name } = app.state(names);
  try {
    return await pair(`${username}\n${addressKey(address)}`, () => name(username, compare));
  } catch (error) {
    throw error instanceof TooManyFailures ? tooMany(error.retryAfter_s) : error;
  }
}

/** Counts a registration; throws 429 above the limit. Test mode has no limit. */
export function countRegistration(app: App, address: string): void {
  if (app.config.ACCORD_TEST_MODE) return;
  const { registration } = app.state(names);
  const retryAfter_s = registration.take(addressKey(address), app.clock.steady());
  if (retryAfter_s !== null) throw tooMany(retryAfter_s);
}

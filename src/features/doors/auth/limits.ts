// Limits how often one may try to log in and to register.
import type { App, StateName } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { createAttempts, type Attempts } from '../../../lib/attempts.ts';
import { addressKey } from '../../../lib/address.ts';
import { createFailures, TooManyFailures } from '../../../lib/failures.ts';
import { isKnownAddress } from './addresses.ts';
import { logRefusal, type RefusedAttempt } from './refusals.ts';

const window_ms = 900_000;
const hour_ms = 3_600_000;

/** Each waits for a few rounds of hashing at most, since hashing limits its own queue, too. */
const max_waiting = 100;

/** Registrations of one address in an hour that fail: typing errors, and names that are taken. */
const maxFailedRegistrations = 100;

const names: StateName<ReturnType<typeof create>> = { create };

function create({ clock, config }: App) {
  const login = { window_ms, max_waiting, now: () => clock.steady() };
  return {
    /** For one name from one address. */
    pair: createFailures({ ...login, limit: 5 }),
    /** For one name from anywhere: so high that a stranger can hardly lock the owner out. */
    name: createFailures({ ...login, limit: 100 }),
    registered: createAttempts(config.REGISTRATIONS_PER_ADDRESS || Infinity, hour_ms),
    unregistered: createAttempts(maxFailedRegistrations, hour_ms),
  };
}

const tooMany = (retryAfter_s: number) =>
  new ApiError('rate_limited', 'Too many attempts; wait before you try again.', { retryAfter_s });

/** Who wants to prove that an account is theirs. */
export interface Claim extends Omit<RefusedAttempt, 'reason'> {
  /** The name that is meant, in the one form in which it is counted. */
  username: string;
}

/**
 * Compares a password unless too many for that name were wrong. An undecided comparison counts as
 * wrong, and is waited for. If `compare` returns null it is wrong; any other result clears the
 * count. Where the account has logged in of late, failures from elsewhere do not count.
 */
export async function compareCounted<T>(
  app: App,
  { username, ...claim }: Claim,
  compare: () => Promise<T | null>,
): Promise<T | null> {
  const { pair, name } = app.state(names);
  const { address, user_id } = claim;
  const isKnown = user_id !== undefined && isKnownAddress(app, user_id, address);
  try {
    const result = await pair(`${username}\n${addressKey(address)}`, () =>
      isKnown ? compare() : name(username, compare),
    );
    if (result === null) logRefusal(app, { ...claim, reason: 'wrong' });
    return result;
  } catch (error) {
    if (!(error instanceof TooManyFailures)) throw error;
    logRefusal(app, { ...claim, reason: 'locked' });
    throw tooMany(error.retryAfter_s);
  }
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

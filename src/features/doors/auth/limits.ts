// Limits how often one may guess a password.
import type { App, StateName } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { addressKey } from '../../../lib/address.ts';
import { createFailures, TooManyFailures } from '../../../lib/failures.ts';
import { isKnownAddress } from './addresses.ts';
import { logRefusal, type RefusedAttempt } from './refusals.ts';

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
  };
}

/** Returns the error for who has tried too often. */
export const tooMany = (retryAfter_s: number) =>
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

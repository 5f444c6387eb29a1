// Limits how often one may guess a code: five wrong ones of an account in 15 minutes, whatever kind they are.
import type { StateName, Turn } from '../../../app.ts';
import { addressKey } from '../../../lib/address.ts';
import { createAttempts, type Attempts } from '../../../lib/attempts.ts';
import { isKnownAddress } from '../auth/addresses.ts';
import { tooMany } from '../auth/limits.ts';
import { logRefusal } from '../auth/refusals.ts';

const failures: StateName<Attempts> = { create: () => createAttempts(5, 900_000) };

/**
 * Checks a code in the turn that uses it, so that tries at once are no extra tries; false is a wrong
 * one. Throws 429 above the limit. An address where the account has logged in of late has a limit of
 * its own: who knows the password but no code locks nobody out there.
 */
export function checkCounted(
  turn: Turn,
  { user_id, address }: { user_id: string; address: string },
  check: () => boolean,
): boolean {
  const { app, steady } = turn;
  const attempts = app.state(failures);
  const isKnown = isKnownAddress(app, user_id, address);
  const key = isKnown ? `${user_id} ${addressKey(address)}` : user_id;
  const refusal = { what: 'second factor', address, user_id } as const;
  const { left, wait_s } = attempts.look(key, steady);
  if (left === 0) {
    logRefusal(app, { ...refusal, reason: 'locked' });
    throw tooMany(wait_s);
  }
  if (check()) {
    turn.onCommit(() => attempts.clear(key));
    return true;
  }
  // At once: the turn is about to fail.
  attempts.take(key, steady);
  logRefusal(app, { ...refusal, reason: 'wrong' });
  return false;
}

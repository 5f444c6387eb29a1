// How often one may try to log in and to register.
import type { App, StateName } from '../../app.ts';
import { ApiError } from '../../errors.ts';
import { createAttempts } from '../../lib/attempts.ts';
import { addressKey } from '../../lib/address.ts';

const window_ms = 900_000;

const names: StateName<ReturnType<typeof create>> = { create: () => create() };

function create() {
  return {
    /** Of one name from one address. */
    pair: createAttempts(5, window_ms),
    /** Of one name from anywhere: so high that a stranger can hardly lock the owner out. */
    name: createAttempts(100, window_ms),
    registration: createAttempts(5, window_ms),
  };
}

function refuse(retryAfter_s: number | null): void {
  if (retryAfter_s === null) return;
  throw new ApiError('rate_limited', 'Too many attempts; wait before you try again.', {
    retryAfter_s,
  });
}

const pairKey = (username: string, address: string) => `${username}\n${addressKey(address)}`;

/** Counts a login before its password is looked at. */
export function countLogin(app: App, username: string, address: string): void {
  const { pair, name } = app.state(names);
  const now = app.clock.now();
  refuse(pair.take(pairKey(username, address), now));
  refuse(name.take(username, now));
}

/** A right password clears what was counted. */
export function clearLogins(app: App, username: string, address: string): void {
  const { pair, name } = app.state(names);
  pair.clear(pairKey(username, address));
  name.clear(username);
}

/** Counts a registration; test mode lifts the limit. */
export function countRegistration(app: App, address: string): void {
  if (app.config.ACCORD_TEST_MODE) return;
  refuse(app.state(names).registration.take(addressKey(address), app.clock.now()));
}

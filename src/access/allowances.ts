// How often an account may do what bothers others, or costs the server something.
import type { App, StateName, Turn } from '../app.ts';
import { ApiError } from '../errors.ts';
import { createAttempts, type Attempts } from '../lib/attempts.ts';

/** A limit by time. Each key has its own count; a bot should count for the account that owns it. */
export interface Allowance {
  readonly attempts: StateName<Attempts>;
  /** What is said to who is refused. */
  readonly says: string;
}

/** Allows `max` uses in a window that begins with the first one; test mode has no limit. */
export function allowance(max: number, window_ms: number, says: string): Allowance {
  const attempts: StateName<Attempts> = {
    create: ({ config }) => createAttempts(config.ACCORD_TEST_MODE ? Infinity : max, window_ms),
  };
  return { attempts, says };
}

/** Counts one use of each, by its key, if the turn commits; throws 429 if one of them is used up. */
export function spend(turn: Turn, ...uses: readonly (readonly [Allowance, key: string])[]): void {
  const looks = uses.map(([{ attempts, says }, key]) => ({
    ...turn.app.state(attempts).look(key, turn.steady),
    says,
  }));
  const [longest] = looks
    .filter(({ left }) => left === 0)
    .toSorted((one, other) => other.wait_s - one.wait_s);
  if (longest !== undefined) throw usedUp(longest);
  turn.onCommit(() => {
    for (const [{ attempts }, key] of uses) turn.app.state(attempts).take(key, turn.steady);
  });
}

/** Counts one use at once, where there is no turn; throws 429 if the allowance is used up. */
export function spendNow(app: App, { attempts, says }: Allowance, key: string): void {
  const wait_s = app.state(attempts).take(key, app.clock.steady());
  if (wait_s !== null) throw usedUp({ says, wait_s });
}

const usedUp = ({ says, wait_s }: { says: string; wait_s: number }) =>
  new ApiError('rate_limited', says, { retryAfter_s: wait_s, hidesLongWait: true });

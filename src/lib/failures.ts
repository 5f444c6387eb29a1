// Lets at most so many attempts of a key fail within a window; no more run at once than may still fail.
import { createAttempts } from './attempts.ts';

/** Too many have failed, or wait already. */
export class TooManyFailures extends Error {
  readonly retryAfter_s: number;

  constructor(retryAfter_s: number) {
    super('too many attempts have failed');
    this.retryAfter_s = retryAfter_s;
  }
}

/** Runs an attempt: null is a failure, anything else a success, which forgets the failures before it. */
export type Attempt = <T>(key: string, job: () => Promise<T | null>) => Promise<T | null>;

interface Rule {
  /** Of one key in one window, which begins with the first failure. */
  limit: number;
  window_ms: number;
  /** Of one key; more are refused. */
  max_waiting: number;
  now(): number;
}

/** The attempts of one key that are not decided yet. */
interface Pending {
  running: number;
  waiting: number;
  /** Resolved when the next of those that run is decided. */
  next: PromiseWithResolvers<void>;
}

/**
 * Counts as failed what runs, until it is known: guessing in parallel brings no more guesses. Who
 * is kept out by that alone waits for the outcome. Throws `TooManyFailures`.
 */
export function createFailures({ limit, window_ms, max_waiting, now }: Rule): Attempt {
  const failures = createAttempts(limit, window_ms);
  const undecided = new Map<string, Pending>();

  async function enter(key: string): Promise<Pending> {
    for (;;) {
      const { left, wait_s } = failures.look(key, now());
      if (left === 0) throw new TooManyFailures(wait_s);
      const pending = undecided.get(key) ?? {
        running: 0,
        waiting: 0,
        next: Promise.withResolvers<void>(),
      };
      if (pending.running < left) {
        pending.running += 1;
        undecided.set(key, pending);
        return pending;
      }
      if (pending.waiting >= max_waiting) throw new TooManyFailures(1);
      pending.waiting += 1;
      await pending.next.promise;
      pending.waiting -= 1;
    }
  }

  function leave(key: string, pending: Pending): void {
    pending.running -= 1;
    // Those who wait look again, and find it anew.
    if (pending.running === 0) undecided.delete(key);
    pending.next.resolve();
    pending.next = Promise.withResolvers<void>();
  }

  return async function attempt(key, job) {
    const pending = await enter(key);
    try {
      const result = await job();
      if (result === null) failures.take(key, now());
      else failures.clear(key);
      return result;
    } finally {
      leave(key, pending);
    }
  };
}

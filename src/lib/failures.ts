// Limits failed attempts of a key in a time window; no more run at once than may still fail.
import { createAttempts } from './attempts.ts';

/** Too many attempts have failed, or too many are waiting. */
export class TooManyFailures extends Error {
  readonly retryAfter_s: number;

  constructor(retryAfter_s: number) {
    super('too many attempts have failed');
    this.retryAfter_s = retryAfter_s;
  }
}

/** Runs an attempt: null is a failure; anything else is a success and clears earlier failures. */
export type Attempt = <T>(key: string, job: () => Promise<T | null>) => Promise<T | null>;

interface Rule {
  /** Failures of one key in one window, which begins with the first failure. */
  limit: number;
  window_ms: number;
  /** Waiting attempts of one key; more are refused. */
  max_waiting: number;
  now(): number;
}

/** The unfinished attempts of one key. */
interface Pending {
  running: number;
  waiting: number;
  /** Resolved when the next running attempt ends. */
  next: PromiseWithResolvers<void>;
}

/**
 * Makes the function that runs attempts; it throws `TooManyFailures`. A running attempt counts as
 * failed until it ends, so that parallel guesses are not extra guesses. An attempt that exceeds the
 * limit only because of running ones waits for them.
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
    // Waiting attempts look the key up again.
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

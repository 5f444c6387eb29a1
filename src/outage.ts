// The times in which the database cannot be written: noticed, said once, and over by themselves.
import type { Log } from './app.ts';
import { troubleOf, type Trouble } from './db/trouble.ts';
import { ApiError } from './errors.ts';

const says: Readonly<Record<Trouble, string>> = {
  locked: 'another program holds its lock',
  full: 'its disk is full',
  read_only: 'it may not be written',
  failing: 'its disk fails',
};

/** Pauses between tries, in milliseconds: a lock is short, a disk is not freed in a moment. */
const pause_ms: Readonly<Record<Trouble, number>> = {
  locked: 20,
  full: 250,
  read_only: 250,
  failing: 250,
};

/** A write that succeeds ends an outage only this long after the last failure, in milliseconds. */
const quiet_ms = 1_000;

export class Outage {
  readonly #log: Log;
  readonly #steady: () => number;
  #trouble: Trouble | null = null;
  #since_ms = 0;
  #last_ms = 0;
  #refused = 0;
  /** The last failure, for an operator whose server cannot start. */
  #failure: unknown = null;

  constructor(log: Log, steady: () => number) {
    this.#log = log;
    this.#steady = steady;
  }

  /** What keeps the database from being written now; null if nothing does. */
  get trouble(): Trouble | null {
    return this.#trouble;
  }

  /** How long to wait before the next try, in milliseconds. */
  get pause_ms(): number {
    return this.#trouble === null ? 0 : pause_ms[this.#trouble];
  }

  /** Notices a failure; false if the error is of another kind, and no outage. */
  notice(error: unknown): boolean {
    const trouble = troubleOf(error);
    if (trouble === null) return false;
    this.#failure = error;
    const now_ms = this.#steady();
    if (this.#trouble === null) {
      this.#since_ms = now_ms;
      this.#refused = 0;
    }
    this.#last_ms = now_ms;
    if (this.#trouble !== trouble) {
      this.#trouble = trouble;
      this.#log.error({ err: error }, `the database cannot be written: ${says[trouble]}`);
    }
    return true;
  }

  /** Notices that a write has succeeded. */
  pass(): void {
    if (this.#trouble === null || this.#steady() - this.#last_ms < quiet_ms) return;
    this.#trouble = null;
    const seconds = Math.round((this.#steady() - this.#since_ms) / 1000);
    this.#log.notice({ seconds, refused: this.#refused }, 'the database can be written again');
  }

  /** Returns the error for a caller who cannot wait any longer. */
  refusal(): ApiError {
    this.#refused += 1;
    const refusal = unavailable(this.#trouble ?? 'locked');
    refusal.cause = this.#failure;
    return refusal;
  }
}

/** Returns the error that tells a client when to come again. */
export function unavailable(trouble: Trouble): ApiError {
  return trouble === 'locked'
    ? new ApiError('unavailable', 'The server cannot store this now; try again in a moment.', {
        retryAfter_s: 2,
      })
    : new ApiError('unavailable', 'The server cannot store anything now; try again later.', {
        retryAfter_s: 10,
      });
}

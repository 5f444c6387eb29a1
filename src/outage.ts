// The times in which the database cannot be written: noticed, said once, and over by themselves.
import type { Log } from './app.ts';
import { troubleOf, type Trouble } from './db/trouble.ts';
import { ApiError } from './errors.ts';
import { reasonOf } from './lib/reason.ts';

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

/**
 * A write that succeeds ends an outage only this long after the last failure, in milliseconds. One
 * shows that a lock is gone, but not that a disk has room.
 */
const quiet_ms: Readonly<Record<Trouble, number>> = {
  locked: 0,
  full: 1_000,
  read_only: 1_000,
  failing: 1_000,
};

/** A lock is told of only when it lasts so long, in milliseconds: Litestream takes many short ones. */
const brief_ms = 1_000;

export class Outage {
  readonly #log: Log;
  readonly #steady: () => number;
  #trouble: Trouble | null = null;
  /** The trouble that was told of. */
  #told: Trouble | null = null;
  #since_ms = 0;
  #last_ms = 0;
  #refused = 0;
  #error: unknown;

  constructor(log: Log, steady: () => number) {
    this.#log = log;
    this.#steady = steady;
  }

  /** What keeps the database from being written now; null if nothing does. */
  get trouble(): Trouble | null {
    return this.#trouble;
  }

  /** The same, but null for a lock of a moment. */
  get lasting(): Trouble | null {
    return this.#told;
  }

  /** How long to wait before the next try, in milliseconds. */
  get pause_ms(): number {
    return this.#trouble === null ? 0 : pause_ms[this.#trouble];
  }

  /** Notices a failure; false if the error is of another kind, and no outage. */
  notice(error: unknown): boolean {
    const trouble = troubleOf(error);
    if (trouble === null) return false;
    const now_ms = this.#steady();
    if (this.#trouble === null) {
      this.#since_ms = now_ms;
      this.#refused = 0;
    }
    this.#last_ms = now_ms;
    this.#error = error;
    this.#trouble = trouble;
    const isBrief = trouble === 'locked' && now_ms - this.#since_ms < brief_ms;
    if (this.#told !== trouble && !isBrief) {
      this.#told = trouble;
      // One line, without a stack: nothing of it is ours.
      const reason = reasonOf(error);
      this.#log.error({ reason }, `the database cannot be written: ${says[trouble]}`);
    }
    return true;
  }

  /** Notices that a write has succeeded. */
  pass(): void {
    if (this.#trouble === null) return;
    if (this.#steady() - this.#last_ms < quiet_ms[this.#trouble]) return;
    this.#trouble = null;
    if (this.#told === null) return;
    this.#told = null;
    const seconds = Math.round((this.#steady() - this.#since_ms) / 1000);
    this.#log.notice({ seconds, refused: this.#refused }, 'the database can be written again');
  }

  /** Returns the error for a caller who cannot wait any longer. */
  refusal(): ApiError {
    this.#refused += 1;
    return unavailable(this.#trouble ?? 'locked', this.#error);
  }
}

/** Returns the error that tells a client when to come again; `cause` stays in the server. */
export function unavailable(trouble: Trouble, cause: unknown): ApiError {
  const [message, retryAfter_s]: [string, number] =
    trouble === 'locked'
      ? ['The server cannot store this now; try again in a moment.', 2]
      : ['The server cannot store anything now; try again later.', 10];
  return new ApiError('unavailable', message, { retryAfter_s, cause });
}

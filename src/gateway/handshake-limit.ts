// Limits how often an account may begin or resume sessions, and how often an address may fail to.
import { addressKey } from '../lib/address.ts';
import { createBuckets, type Buckets } from '../lib/token-bucket.ts';

/** An account may do so twice for each session that it may have, and then once in two seconds. */
const perAccount = { perSession: 2, least: 20, refillPerSecond: 0.5 };

/** Failures of an address: whole schools and some proxies are one address. */
export const failureRule = { capacity: 300, refillPerSecond: 5 };

export class HandshakeLimit {
  readonly #identifies: Buckets;
  readonly #resumes: Buckets;
  readonly #failures = createBuckets(failureRule);

  /** `max_sessions`: how many sessions an account may have. */
  constructor(max_sessions: number) {
    const { perSession, least, refillPerSecond } = perAccount;
    const rule = { capacity: Math.max(least, perSession * max_sessions), refillPerSecond };
    this.#identifies = createBuckets(rule);
    this.#resumes = createBuckets(rule);
  }

  /** Counts an IDENTIFY with a valid token of this account; tells whether it is within the limit. */
  identifies(account_id: string, now: number): boolean {
    return this.#identifies.take(account_id, now).allowed;
  }

  /** Counts a RESUME with a valid token of this account; tells whether it is within the limit. */
  resumes(account_id: string, now: number): boolean {
    return this.#resumes.take(account_id, now).allowed;
  }

  /** Counts a token that is not valid; tells whether the address is within its limit. */
  fails(address: string, now: number): boolean {
    return this.#failures.take(addressKey(address), now).allowed;
  }
}

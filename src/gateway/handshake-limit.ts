// Limits how often an account may begin or resume sessions, and how often an address may fail to.
import { addressKey } from '../lib/address.ts';
import { LeastRecentMap } from '../lib/least-recent.ts';
import { createBuckets, type Buckets } from '../lib/token-bucket.ts';

/** An account may do so twice for each session that it may have, and then once in two seconds. */
export const handshakeRule = { perSession: 2, least: 20, refillPerSecond: 0.5 };

/** Failures of an address: whole schools and some proxies are one address. */
export const failureRule = { capacity: 300, refillPerSecond: 5 };
/** For so long an address is distrusted that was above its limit. */
const distrust_ms = 5_000;

export class HandshakeLimit {
  readonly #identifies: Buckets;
  readonly #resumes: Buckets;
  readonly #failures = createBuckets(failureRule);
  /** Until when the addresses are distrusted that were above the limit. */
  readonly #spent = new LeastRecentMap<string, number>(10_000);

  /** `max_sessions`: how many sessions an account may have. */
  constructor(max_sessions: number) {
    const { perSession, least, refillPerSecond } = handshakeRule;
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

  /** Counts a token that is not valid, or a frame that is none; false above the limit. */
  fails(address: string, now: number): boolean {
    const key = addressKey(address);
    const { allowed } = this.#failures.take(key, now);
    if (!allowed) this.#spent.set(key, now + distrust_ms);
    return allowed;
  }

  /** Tells whether the address was above its limit a moment ago. */
  distrusts(address: string, now: number): boolean {
    return (this.#spent.get(addressKey(address)) ?? 0) > now;
  }
}

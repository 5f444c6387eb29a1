// The rate limit: one bucket for each account and its bots; without an account, for each IPv4 address or IPv6 /64.
import { chargedTo, type Actor } from '../access/tokens.ts';
import type { StateName } from '../app.ts';
import type { Config } from '../config.ts';
import { addressKey } from '../lib/address.ts';
import { createBuckets, type Taken } from '../lib/token-bucket.ts';

export interface Limiter {
  /** The size of a full bucket: `X-RateLimit-Limit`. */
  readonly capacity: number;
  take(actor: Actor | null, address: () => string, now_ms: number): Taken;
}

/** Parallel requests of one account are told to come back one after the other, within this time. */
const maxSpread_s = 5;

/** The rate limit of a server; null if it is switched off. */
export const limiter: StateName<Limiter | null> = { create: ({ config }) => createLimiter(config) };

function createLimiter(config: Config): Limiter | null {
  const perMinute = config.RATE_LIMIT_PER_MINUTE;
  if (perMinute === 0) return null;
  const capacity = perMinute + config.RATE_LIMIT_BURST;
  const buckets = createBuckets({ capacity, refillPerSecond: perMinute / 60, maxSpread_s });
  return {
    capacity,
    take: (actor, address, now_ms) =>
      buckets.take(actor === null ? addressKey(address()) : `account ${chargedTo(actor)}`, now_ms),
  };
}

/** Returns the `X-RateLimit-*` headers; the reset is in Unix seconds. */
export function limitHeaders(
  limiter: Limiter,
  taken: Taken,
  now_ms: number,
): Record<string, string> {
  return {
    'X-RateLimit-Limit': String(limiter.capacity),
    'X-RateLimit-Remaining': String(taken.remaining),
    'X-RateLimit-Reset': String(Math.ceil(now_ms / 1000) + taken.fullAfter_s),
  };
}

// Token buckets with continuous refill, of which a bounded number is kept.
import { LeastRecentMap } from './least-recent.ts';

export interface BucketRule {
  /** Maximum number of tokens in a bucket. */
  capacity: number;
  /** Tokens that come back per second. */
  refillPerSecond: number;
  /**
   * Those who are refused one after the other are told to come back one after the other, but after
   * no more than this. By default all are told the same.
   */
  maxSpread_s?: number;
}

export interface Taken {
  allowed: boolean;
  /** Whole tokens left after this call. */
  remaining: number;
  /** Seconds until there is a token again, for this one of those who wait; 0 if allowed. */
  retryAfter_s: number;
  /** Seconds until the bucket is full again. */
  fullAfter_s: number;
}

export interface Buckets {
  take(key: string, now_ms: number): Taken;
}

interface Bucket {
  tokens: number;
  at_ms: number;
  /** How often there was no token since there was one. */
  refused: number;
}

/** Tolerance for rounding errors: a client that waited `retryAfter_s` must not be refused. */
const rounding = 1e-9;

/** Makes buckets by key. Keeps at most `limit`, and drops the least recent: it is full by then. */
export function createBuckets(rule: BucketRule, limit = 100_000): Buckets {
  const buckets = new LeastRecentMap<string, Bucket>(limit);
  const { capacity, refillPerSecond, maxSpread_s = 0 } = rule;
  const waitFor = (tokens: number) => (tokens - rounding) / refillPerSecond;
  return {
    take(key, now_ms) {
      let bucket = buckets.get(key);
      if (bucket === undefined) {
        bucket = { tokens: capacity, at_ms: now_ms, refused: 0 };
        buckets.set(key, bucket);
      }
      const passed_s = Math.max(0, now_ms - bucket.at_ms) / 1000;
      bucket.tokens = Math.min(capacity, bucket.tokens + passed_s * refillPerSecond);
      bucket.at_ms = now_ms;
      const allowed = bucket.tokens >= 1 - rounding;
      if (allowed) bucket.tokens = Math.max(0, bucket.tokens - 1);
      const soonest_s = Math.max(1, Math.ceil(waitFor(1 - bucket.tokens)));
      const inTurn_s = Math.ceil(waitFor(1 + bucket.refused - bucket.tokens));
      bucket.refused = allowed ? 0 : bucket.refused + 1;
      return {
        allowed,
        remaining: Math.floor(bucket.tokens + rounding),
        retryAfter_s: allowed ? 0 : Math.max(soonest_s, Math.min(inTurn_s, maxSpread_s)),
        fullAfter_s: Math.ceil(waitFor(capacity - bucket.tokens)),
      };
    },
  };
}

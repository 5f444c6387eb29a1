// Counts attempts by key, in a time window that begins with the key's first attempt.
import { LeastRecentMap } from './least-recent.ts';

export interface Attempts {
  /** Returns the key's attempts that are left, and the seconds until it has all of them again. */
  look(key: string, now_ms: number): { left: number; wait_s: number };
  /** Counts one attempt; returns the seconds to wait if none was left, else null. */
  take(key: string, now_ms: number): number | null;
  /** Takes back one attempt that was counted. */
  giveBack(key: string): void;
  /** Forgets the key's attempts. */
  clear(key: string): void;
}

/** Allows `limit` attempts in `window_ms`; keeps at most `keys` keys, dropping the least recent. */
export function createAttempts(limit: number, window_ms: number, keys = 100_000): Attempts {
  const windows = new LeastRecentMap<string, { from_ms: number; count: number }>(keys);
  const current = (key: string, now_ms: number) => {
    const known = windows.get(key);
    return known === undefined || now_ms - known.from_ms >= window_ms ? null : known;
  };
  const look: Attempts['look'] = (key, now_ms) => {
    const known = current(key, now_ms);
    if (known === null) return { left: limit, wait_s: 0 };
    const wait_s = Math.max(1, Math.ceil((known.from_ms + window_ms - now_ms) / 1000));
    return { left: limit - known.count, wait_s };
  };
  return {
    look,
    take(key, now_ms) {
      const { left, wait_s } = look(key, now_ms);
      if (left === 0) return wait_s;
      const known = current(key, now_ms);
      if (known === null) windows.set(key, { from_ms: now_ms, count: 1 });
      else known.count += 1;
      return null;
    },
    giveBack(key) {
      const known = windows.get(key);
      if (known === undefined) return;
      known.count -= 1;
      if (known.count <= 0) windows.delete(key);
    },
    clear: (key) => windows.delete(key),
  };
}

// Counts attempts by key within a window that begins with the first of them.
import { LeastRecentMap } from './least-recent.ts';

export interface Attempts {
  /** Counts one; answers the seconds to wait when there were too many, else null. */
  take(key: string, now_ms: number): number | null;
  /** Forgets the key's attempts. */
  clear(key: string): void;
}

/** At most `limit` attempts in `window_ms`; of more than `keys` keys the longest unused one is forgotten. */
export function createAttempts(limit: number, window_ms: number, keys = 100_000): Attempts {
  const windows = new LeastRecentMap<string, { from_ms: number; count: number }>(keys);
  return {
    take(key, now_ms) {
      const known = windows.get(key);
      if (known === undefined || now_ms - known.from_ms >= window_ms) {
        windows.set(key, { from_ms: now_ms, count: 1 });
        return null;
      }
      if (known.count >= limit) {
        return Math.max(1, Math.ceil((known.from_ms + window_ms - now_ms) / 1000));
      }
      known.count += 1;
      return null;
    },
    clear: (key) => windows.delete(key),
  };
}

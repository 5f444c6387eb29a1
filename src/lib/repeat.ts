// Work that is done again and again, a slice at a time, and never twice at once.
import type { Clock } from './clock.ts';

interface Repeated {
  clock: Clock;
  interval_ms: number;
  /** Whether the first round begins at once, not after the first interval. */
  isEager?: boolean;
  /** Asks between its slices whether it has to stop. */
  work(isOver: () => boolean): Promise<void>;
  /** A round that went wrong; the next one comes all the same. */
  failed(error: unknown): void;
}

/** Begins; answers how to stop. */
export function repeat({ clock, interval_ms, isEager, work, failed }: Repeated): () => void {
  let isBusy = false;
  let isOver = false;
  const run = async () => {
    if (isBusy) return;
    isBusy = true;
    try {
      await work(() => isOver);
    } catch (error) {
      failed(error);
    } finally {
      isBusy = false;
    }
  };
  const cancel = clock.every(interval_ms, () => void run());
  if (isEager) void run();
  return () => {
    isOver = true;
    cancel();
  };
}

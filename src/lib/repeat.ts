// Repeats work at an interval, never two rounds at once.
import type { Clock } from './clock.ts';

interface Repeated {
  clock: Clock;
  interval_ms: number;
  /** Whether the first round starts at once, not after the first interval. */
  isEager?: boolean;
  /** Does one round; must call `isOver` between its slices and stop if that is true. */
  work(isOver: () => boolean): Promise<void>;
  /** Called if a round fails; the next one still comes. */
  failed(error: unknown): void;
}

/** Starts; returns the function that stops it. */
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

// Repeats work at an interval, never two rounds at once; long work a slice at a time.
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

interface Swept extends Omit<Repeated, 'work'> {
  /** Does the next slice; false if nothing is left for this round. */
  slice(): Promise<boolean>;
}

/** Other work has its turn between two slices. */
const pause_ms = 5;

/** Starts rounds that go on a slice at a time until nothing is left; returns the function that stops it. */
export function sweep({ slice, ...rounds }: Swept): () => void {
  return repeat({
    ...rounds,
    async work(isOver) {
      while (!isOver() && (await slice())) await Bun.sleep(pause_ms);
    },
  });
}

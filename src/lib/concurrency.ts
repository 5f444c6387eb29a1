// Limits how much expensive work runs and waits at once, and cuts long work into slices.

export class Overloaded extends Error {}

/** At most `running` jobs run and `waiting` jobs wait at a time; more throw `Overloaded`. */
export function createGate(running: number, waiting: number) {
  let active = 0;
  const queue: (() => void)[] = [];
  return async function run<T>(job: () => Promise<T>): Promise<T> {
    if (active >= running) {
      if (queue.length >= waiting) throw new Overloaded('too much work is waiting');
      await new Promise<void>((resolve) => queue.push(resolve));
    } else {
      active += 1;
    }
    try {
      return await job();
    } finally {
      const next = queue.shift();
      if (next === undefined) active -= 1;
      else next();
    }
  };
}

/** How long work in slices runs before others have their turn. */
const slice_ms = 4;

/** Runs work that yields wherever it may be interrupted, some milliseconds in each turn of the loop. */
export async function inSlices<T>(work: Generator<void, T, void>): Promise<T> {
  for (;;) {
    const until = performance.now() + slice_ms;
    do {
      const next = work.next();
      if (next.done === true) return next.value;
    } while (performance.now() < until);
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
}

/** Runs the same without interruption. */
export function atOnce<T>(work: Generator<void, T, void>): T {
  for (;;) {
    const next = work.next();
    if (next.done === true) return next.value;
  }
}

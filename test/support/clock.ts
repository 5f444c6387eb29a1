// A clock that stands still until a test moves it.
import type { Clock } from '../../src/lib/clock.ts';

interface Timer {
  at_ms: number;
  interval_ms: number | null;
  run: () => void;
}

/** So often a timer recurs at each of its moments; then at one of so many. */
const often = 60;
const rarely = 30;

export class FakeClock implements Clock {
  /** What has passed, on a clock that nobody sets; timers follow it. */
  #now = Date.parse('2026-06-01T12:00:00Z');
  /** How far the wall clock was set ahead of it. */
  #ahead_ms = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now + this.#ahead_ms;
  }

  steady(): number {
    return this.#now;
  }

  /** Sets the wall clock ahead, or back where negative; no time passes. */
  step(duration_ms: number): void {
    this.#ahead_ms += duration_ms;
  }

  after(delay_ms: number, run: () => void) {
    return this.#add({ at_ms: this.#now + delay_ms, interval_ms: null, run });
  }

  every(interval_ms: number, run: () => void) {
    return this.#add({ at_ms: this.#now + interval_ms, interval_ms, run });
  }

  #add(timer: Timer) {
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Time passes as on a machine that slept: whatever was due meanwhile happens once, at the end. */
  async leap(duration_ms: number): Promise<void> {
    this.#now += duration_ms;
    for (const timer of [...this.#timers]) {
      if (timer.at_ms > this.#now) continue;
      if (timer.interval_ms === null) this.#timers.delete(timer);
      else timer.at_ms = this.#now + timer.interval_ms;
      timer.run();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await settled();
  }

  /**
   * Lets time pass; timers run in order, each at its own moment. In a long time those that recur run
   * less often, as on a busy machine, but for its beginning and its end.
   */
  async pass(duration_ms: number): Promise<void> {
    const end = this.#now + duration_ms;
    const runs = new Map<Timer, number>();
    for (;;) {
      const due = [...this.#timers]
        .filter(({ at_ms }) => at_ms <= end)
        .toSorted((a, b) => a.at_ms - b.at_ms)[0];
      if (due === undefined) break;
      this.#now = Math.max(this.#now, due.at_ms);
      if (due.interval_ms === null) this.#timers.delete(due);
      else {
        const count = (runs.get(due) ?? 0) + 1;
        runs.set(due, count);
        const isNearEnd = due.at_ms + 2 * rarely * due.interval_ms > end;
        due.at_ms += due.interval_ms * (count > often && !isNearEnd ? rarely : 1);
      }
      due.run();
      // What the timer wrote is on disk and told before the next one runs.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#now = end;
    await settled();
  }
}

/** Lets turns that wait be run, a batch in each turn of the event loop. */
async function settled(): Promise<void> {
  for (let n = 0; n < 20; n += 1) await new Promise((resolve) => setImmediate(resolve));
  await Bun.sleep(1);
}

// The clock and its timers as a value, so that tests can control time.

/** Stops a timer; can be called twice. */
export type Cancel = () => void;

export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  after(delay_ms: number, run: () => void): Cancel;
  every(interval_ms: number, run: () => void): Cancel;
}

/** The machine's clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delay_ms, run) {
    const timer = setTimeout(run, delay_ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  every(interval_ms, run) {
    const timer = setInterval(run, interval_ms);
    timer.unref();
    return () => clearInterval(timer);
  },
};

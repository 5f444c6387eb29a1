// The clock and its timers as a value, so that tests can control time.

/** Stops a timer; can be called twice. */
export type Cancel = () => void;

export interface Clock {
  /** Milliseconds since the Unix epoch, as the machine says now: for times that people see. */
  now(): number;
  /**
   * Milliseconds: for durations. It never steps, whatever the machine's clock is set to. In a server
   * it goes on from run to run, so it can be kept in the database; it is about Unix time, but no
   * date: compare it with nothing but itself.
   */
  steady(): number;
  after(delay_ms: number, run: () => void): Cancel;
  every(interval_ms: number, run: () => void): Cancel;
}

const started_ms = Date.now() - performance.now();

/** The same clock, whose steady time is `begin_ms` now. */
export function steadyFrom(clock: Clock, begin_ms: number): Clock {
  const ahead_ms = begin_ms - clock.steady();
  return {
    now: () => clock.now(),
    steady: () => clock.steady() + ahead_ms,
    after: (delay_ms, run) => clock.after(delay_ms, run),
    every: (interval_ms, run) => clock.every(interval_ms, run),
  };
}

/** The machine's clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  steady: () => Math.floor(started_ms + performance.now()),
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

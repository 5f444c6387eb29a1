// The time as far as it can be believed: what waits for days must not go because a clock leapt.
import type { Clock } from '../../../lib/clock.ts';

const day_ms = 86_400_000;

export interface BelievedTime {
  /** Unix milliseconds; never later than the truth unless the clock has been wrong for a day. */
  atMost(): number;
  /** Unix milliseconds; never earlier than the truth unless the clock has been wrong for a day. */
  atLeast(): number;
}

/**
 * Believes the machine's clock after a day of running. Until then it is at most a day later than
 * `newest_ms`, when the newest row at the start was written (Unix milliseconds), and what has
 * passed since the start.
 */
export function believedTime(clock: Clock, newest_ms: number): BelievedTime {
  const started_ms = clock.steady();
  const passed_ms = () => clock.steady() - started_ms;
  const isBelieved = () => passed_ms() >= day_ms;
  return {
    atMost: () =>
      isBelieved() ? clock.now() : Math.min(clock.now(), newest_ms + day_ms + passed_ms()),
    atLeast: () => (isBelieved() ? clock.now() : Math.max(clock.now(), newest_ms + passed_ms())),
  };
}

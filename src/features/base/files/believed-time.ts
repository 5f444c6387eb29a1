// The time as far as it can be believed: what waits for days must not go because a clock leapt.
import type { App } from '../../../app.ts';

const day_ms = 86_400_000;

export interface BelievedTime {
  /** Unix milliseconds; never later than the truth unless the clock has been wrong for a day. */
  atMost(): number;
  /** Unix milliseconds; never earlier than the truth unless the clock has been wrong for a day. */
  atLeast(): number;
}

export function believedTime({ clock, trusted, newest }: App): BelievedTime {
  const started_ms = clock.steady();
  return {
    atMost: () => trusted.now(),
    atLeast() {
      const passed_ms = clock.steady() - started_ms;
      return passed_ms >= day_ms
        ? clock.now()
        : Math.max(clock.now(), newest.written_ms + passed_ms);
    },
  };
}

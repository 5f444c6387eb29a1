// The time as far as a clock is to be trusted: for deleting by age, which nobody can undo.
import type { Clock } from './clock.ts';

/** How long a clock that leapt ahead must stay there before it is believed. */
export const doubt_ms = 86_400_000;
/** Clocks that are corrected in small steps are believed at once. */
const tolerance_ms = 60_000;

/**
 * Follows the wall clock, but a leap ahead counts only when the server has run for a day since. A
 * step back counts at once, so this is never ahead of the wall clock by more than a moment.
 */
export class TrustedTime {
  readonly #clock: Clock;
  /**
   * How far the wall clock was ahead of the steady clock, and since when (steady) at least so far:
   * each is above the one before. The first one is believed, the others are leaps.
   */
  readonly #levels: { ahead_ms: number; since: number }[];

  /** `begin_ms`: what to believe at the start at most, in Unix milliseconds. */
  constructor(clock: Clock, begin_ms: number) {
    this.#clock = clock;
    const since = clock.steady();
    this.#levels = [{ ahead_ms: begin_ms - since, since }];
    this.now();
  }

  /** Unix milliseconds. Sees a leap when it is called, so it must be called now and then. */
  now(): number {
    const steady = this.#clock.steady();
    const level = { ahead_ms: this.#clock.now() - steady, since: steady };
    const levels = this.#levels;
    for (let last = levels.at(-1); last !== undefined; last = levels.at(-1)) {
      if (level.ahead_ms > last.ahead_ms + tolerance_ms) break;
      level.since = last.since;
      levels.pop();
    }
    levels.push(level);
    const known = levels.findLastIndex(({ since }) => steady - since >= doubt_ms);
    levels.splice(0, Math.max(0, known));
    return steady + (levels[0] ?? level).ahead_ms;
  }
}

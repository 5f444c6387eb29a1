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
  /** How far the trusted time is ahead of the steady clock. */
  #ahead_ms: number;
  /** Where the wall clock has leapt to, and since when, on the steady clock. */
  #leap: { ahead_ms: number; since: number } | null = null;

  /** `begin_ms`: what to believe at the start at most, in Unix milliseconds. */
  constructor(clock: Clock, begin_ms: number) {
    this.#clock = clock;
    this.#ahead_ms = begin_ms - clock.steady();
    this.now();
  }

  /** Unix milliseconds. Sees a leap when it is called, so it must be called now and then. */
  now(): number {
    const steady = this.#clock.steady();
    const wall_ms = this.#clock.now() - steady;
    if (wall_ms <= this.#ahead_ms + tolerance_ms) this.#believe(wall_ms);
    else this.#doubt(wall_ms, steady);
    return steady + this.#ahead_ms;
  }

  #believe(ahead_ms: number): void {
    this.#ahead_ms = ahead_ms;
    this.#leap = null;
  }

  #doubt(ahead_ms: number, steady: number): void {
    const leap = this.#leap;
    if (leap === null || ahead_ms > leap.ahead_ms + tolerance_ms) {
      this.#leap = { ahead_ms, since: steady };
    } else {
      leap.ahead_ms = ahead_ms;
      if (steady - leap.since >= doubt_ms) this.#believe(ahead_ms);
    }
  }
}

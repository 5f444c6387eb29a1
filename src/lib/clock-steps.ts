// Remembers when the wall clock was set in this run, to tell how long ago a message was written.

/** Ids between two steps: their wall time was steady time plus `ahead_ms`. */
export interface Stretch {
  /** The newest id of all before it. */
  after_id: string;
  /** The newest id in it; null if it goes on. */
  last_id: string | null;
  ahead_ms: number;
  /** Whether it is from before this run: then the clock may have been set within it. */
  isEarlier: boolean;
}

interface Step {
  steady: number;
  after_id: string;
  ahead_ms: number;
}

/** What a clock that is only corrected drifts by is no step. */
const tolerance_ms = 1_000;
/** A clock that is set more often makes the oldest steps be forgotten. */
const maxSteps = 1_000;

export class ClockSteps {
  readonly #steps: Step[] = [];

  /** Called before anything is written: `newest` returns the newest id so far. */
  note({ now, steady }: { now: number; steady: number }, newest: () => string): void {
    const ahead_ms = now - steady;
    const last = this.#steps.at(-1);
    if (last && Math.abs(last.ahead_ms - ahead_ms) <= tolerance_ms) return;
    this.#steps.push({ steady, after_id: newest(), ahead_ms });
    if (this.#steps.length > maxSteps) this.#steps.shift();
  }

  /** The stretch in which that steady time lies; all before what is remembered is one. */
  at(steady: number): Stretch {
    const index = this.#steps.findLastIndex((step) => step.steady <= steady);
    const last_id = this.#steps[index + 1]?.after_id ?? null;
    const step = this.#steps[index];
    if (step)
      return { after_id: step.after_id, last_id, ahead_ms: step.ahead_ms, isEarlier: false };
    const ahead_ms = this.#steps[0]?.ahead_ms ?? 0;
    return { after_id: '0', last_id, ahead_ms, isEarlier: true };
  }
}

// Counts the requests of the last minute, at hardly any cost for each of them.
import type { StateName } from '../app.ts';

const second_ms = 1_000;
const seconds = 60;

export class RequestRate {
  /** When the server began to answer, in milliseconds of the steady clock. */
  readonly since_ms: number;
  /** A count for each second of a minute, and the second that it is for. */
  readonly #counts = new Uint32Array(seconds);
  readonly #times = new Float64Array(seconds).fill(-1);

  constructor(since_ms: number) {
    this.since_ms = since_ms;
  }

  /** Counts one request. */
  count(now_ms: number): void {
    const second = Math.floor(now_ms / second_ms);
    const slot = second % seconds;
    if (this.#times[slot] !== second) {
      this.#times[slot] = second;
      this.#counts[slot] = 0;
    }
    this.#counts[slot]! += 1;
  }

  /** Returns how many requests there were in the last 60 seconds, the one that runs included. */
  lastMinute(now_ms: number): number {
    const oldest = Math.floor(now_ms / second_ms) - seconds;
    return this.#counts.reduce(
      (sum, count, slot) => (this.#times[slot]! > oldest ? sum + count : sum),
      0,
    );
  }
}

export const requestRate: StateName<RequestRate> = {
  create: ({ clock }) => new RequestRate(clock.steady()),
};

// Counts the requests of the last minute, at hardly any cost for each of them.
import type { StateName } from '../app.ts';

const second_ms = 1_000;
const seconds = 60;

export class RequestRate {
  /** When the server began to answer, in milliseconds of the steady clock. */
  readonly since_ms: number;
  /** For each second of a minute how many there were, and which second that was. */
  readonly #slots = Array.from({ length: seconds }, () => ({ second: -1, count: 0 }));

  constructor(since_ms: number) {
    this.since_ms = since_ms;
  }

  /** Counts one request. */
  count(now_ms: number): void {
    const second = Math.floor(now_ms / second_ms);
    const slot = this.#slots[second % seconds];
    if (slot === undefined) return;
    if (slot.second !== second) Object.assign(slot, { second, count: 0 });
    slot.count += 1;
  }

  /** Returns how many requests there were in the last 60 seconds. */
  lastMinute(now_ms: number): number {
    const oldest = Math.floor(now_ms / second_ms) - seconds;
    return this.#slots.reduce((sum, { second, count }) => (second > oldest ? sum + count : sum), 0);
  }
}

export const requestRate: StateName<RequestRate> = {
  create: ({ clock }) => new RequestRate(clock.steady()),
};

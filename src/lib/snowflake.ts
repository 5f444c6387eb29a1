// Snowflake ids as decimal strings: 42 bits of time, 10 zero bits and a sequence of 12 bits.

/** 2024-01-01T00:00:00Z in Unix milliseconds. */
export const epoch_ms = 1_704_067_200_000;
const perMillisecond = 4096;
/** A clock that says more is not asked: 63 bits are full in September 2093. */
export const maxFromClock_ms = Date.UTC(2090, 0, 1);
/** What a clock may be corrected by without having been wrong. */
const aBit_ms = 1_000;

export interface Snowflakes {
  /** Returns an id above every id given before, even if the clock steps back. */
  next(): string;
  /** Returns the id that was given last, or the newest one from before. */
  newest(): string;
}

/** Makes ids that start above `newest`, the greatest id in use ("0" if there is none). */
export function createSnowflakes(now: () => number, newest: string): Snowflakes {
  const [newest_ms, newestSequence] = parts(newest);
  let last_ms = newest_ms;
  let sequence = newestSequence;
  let base = BigInt(last_ms - epoch_ms) << 22n;
  return {
    newest: () => (base + BigInt(sequence)).toString(),
    next() {
      const now_ms = now();
      const told_ms = now_ms < maxFromClock_ms ? now_ms : 0;
      let ms = Math.max(told_ms, last_ms);
      if (ms === last_ms) {
        sequence += 1;
        // Behind a clock that was ahead, each id has a millisecond of its own, as nearly always.
        if (sequence >= perMillisecond || last_ms - told_ms > aBit_ms) ms = last_ms + 1;
      }
      if (ms !== last_ms) {
        last_ms = ms;
        sequence = 0;
        base = BigInt(ms - epoch_ms) << 22n;
      }
      return (base + BigInt(sequence)).toString();
    },
  };
}

function parts(id: string): [ms: number, sequence: number] {
  const bits = BigInt(id);
  return [Number(bits >> 22n) + epoch_ms, Number(bits & 0xfffn)];
}

/** Returns the time when the id was made, in Unix milliseconds. */
export function snowflakeTime(id: string): number {
  return Number(BigInt(id) >> 22n) + epoch_ms;
}

/** What ids and the clock may differ by. */
const tolerance_ms = 5;

/**
 * Returns the time to keep beside an id that was made `now` (both Unix milliseconds): null, unless
 * the id tells another time, since ids never go back.
 */
export function timeBeside(id: string, now: number): number | null {
  return Math.abs(snowflakeTime(id) - now) <= tolerance_ms ? null : now;
}

/** Returns the smallest id of that millisecond (Unix), as a bound for queries. */
export function firstSnowflakeAt(time_ms: number): string {
  return (BigInt(Math.max(0, Math.floor(time_ms) - epoch_ms)) << 22n).toString();
}

/** Returns the greatest id of all that are made before that millisecond (Unix). */
export function lastSnowflakeBefore(time_ms: number): string {
  return (BigInt(firstSnowflakeAt(time_ms)) - 1n).toString();
}

/** Compares ids as numbers: more digits are later (from July 2031, ids have 19 digits). */
export function compareSnowflakes(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** Tells whether a text is a decimal number that fits in the 63 bits of an id. */
export function isSnowflake(text: string): boolean {
  return /^[0-9]{1,19}$/.test(text) && BigInt(text) <= 0x7fff_ffff_ffff_ffffn;
}

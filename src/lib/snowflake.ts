// Snowflake ids: 42 bits of milliseconds since 2024-01-01, ten zero bits, a 12 bit sequence; as decimal strings.

/** 2024-01-01T00:00:00Z in Unix milliseconds. */
export const epoch_ms = 1_704_067_200_000;
const perMillisecond = 4096;

export interface Snowflakes {
  /** An id above every id given before, also when the clock steps back. */
  next(): string;
}

/** Ids that start above `newest` (the greatest id already in use, "0" for none). */
export function createSnowflakes(now: () => number, newest: string): Snowflakes {
  const [newest_ms, newestSequence] = parts(newest);
  let last_ms = newest_ms;
  let sequence = newestSequence;
  let base = BigInt(last_ms - epoch_ms) << 22n;
  return {
    next() {
      let ms = Math.max(now(), last_ms);
      if (ms === last_ms) {
        sequence += 1;
        if (sequence >= perMillisecond) ms = last_ms + 1;
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

/** When the id was made, in Unix milliseconds. */
export function snowflakeTime(id: string): number {
  return Number(BigInt(id) >> 22n) + epoch_ms;
}

/** The smallest id of that millisecond, as a bound for queries. */
export function firstSnowflakeAt(time_ms: number): string {
  return (BigInt(Math.max(0, Math.floor(time_ms) - epoch_ms)) << 22n).toString();
}

/** Orders ids as numbers: more digits are later (from July 2031 ids have 19 digits). */
export function compareSnowflakes(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** A decimal number that fits the 63 bits of an id. */
export function isSnowflake(text: string): boolean {
  return /^[0-9]{1,19}$/.test(text) && BigInt(text) <= 0x7fff_ffff_ffff_ffffn;
}

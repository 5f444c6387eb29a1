// Finds which of a log's oldest entries are too old to be kept, whatever a wrong clock has dated.

/** There was no Accord Server before. */
export const firstYear_ms = Date.UTC(2025, 0, 1);

/** An entry, and when it was made, in Unix milliseconds. */
export interface Dated {
  readonly made_ms: number;
}

/**
 * Returns the last one of the oldest entries that was made before a time; undefined if none was. What a
 * wrong clock has dated, in the future or long ago, goes with the next entry that has a date: an entry is
 * older than those after it, and younger than those before. `next`: the oldest entry of all with a date.
 */
export function lastOld<E extends Dated>(
  oldest: readonly E[],
  before_ms: number,
  now_ms: number,
  next: () => E | null,
): E | undefined {
  const dated = oldest.filter(({ made_ms }) => made_ms >= firstYear_ms && made_ms <= now_ms);
  const young = dated.findIndex(({ made_ms }) => made_ms >= before_ms);
  if (dated.length > 0) return young < 0 ? dated.at(-1) : dated[young - 1];
  // The next one that has a date tells whether all of them are old.
  const first = next();
  return first !== null && first.made_ms < before_ms ? oldest.at(-1) : undefined;
}

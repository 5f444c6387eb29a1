// How far a random test looks, and how a failure is found again.

/** ACCORD_TEST_RUNS=500 looks longer; ACCORD_TEST_SEED repeats what a failure printed. */
const { ACCORD_TEST_RUNS: runs, ACCORD_TEST_SEED: seed } = process.env;

/** So many runs, each from a new seed, unless the environment says otherwise. */
export function search(numRuns: number): { numRuns: number; seed?: number } {
  return {
    numRuns: Number(runs ?? numRuns),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  };
}

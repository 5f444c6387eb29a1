// How work grows with the length of its text: compared by processor time, which others do not take.

/** The processor time of the work, in microseconds. */
function timeOf(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

const times = 8;
const rounds = 9;
const passes = 5;

/**
 * How many times as long the work takes for eight times as much text: about 8 if it is linear, 64 if
 * it is quadratic. `length` should be so large that quadratic work takes several milliseconds. The
 * best of several rounds counts, so that neither compiling nor collecting garbage does.
 */
export function growthOf(work: (text: string) => unknown, piece: string, length: number): number {
  const short = piece.repeat(Math.ceil(length / piece.length));
  const long = short.repeat(times);
  let [ofShort, ofLong] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < rounds; round += 1) {
    const take = (text: string) => () => {
      for (let pass = 0; pass < passes; pass += 1) work(text);
    };
    ofShort = Math.min(ofShort, timeOf(take(short)));
    ofLong = Math.min(ofLong, timeOf(take(long)));
  }
  return ofLong / Math.max(1, ofShort);
}

/** Between linear growth and quadratic. */
export const quadratic = 32;

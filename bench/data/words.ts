// Made-up words and sentences, the same ones in each run.

const CONSONANTS = 'bdfgklmnprstv';
const VOWELS = 'aeiou';
const WORDS = 5000;

/** The word that stands in every second sentence. */
export const COMMON_WORD = 'the';
/** A word that stands in none. */
export const NO_WORD = 'zzqqxx';
/** How one word in thirteen begins, and no name of a person. */
export const PREFIX = 'ka';

/** Numbers below 1 that look random, from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The word of this number: two to four syllables, from `baba` on. */
export function wordOf(n: number): string {
  let word = '';
  // 7919 is prime: neighbours begin differently.
  for (let left = (n * 7919) % 274_625; word.length < 4 || left > 0; left = Math.floor(left / 65)) {
    word += syllable(left % 65);
  }
  return word;
}

const syllable = (n: number) =>
  `${CONSONANTS[Math.floor(n / VOWELS.length)]}${VOWELS[n % VOWELS.length]}`;

/** Sentences of six to twelve words, a few of which are common and most rare, as people write. */
export function* sentences(seed: number): Generator<string, never> {
  const random = randomFrom(seed);
  const words = Array.from({ length: WORDS }, (_, n) => wordOf(n));
  for (;;) {
    const some: string[] = random() < 0.5 ? [COMMON_WORD] : [];
    const length = 6 + Math.floor(random() * 7);
    while (some.length < length) {
      // Low numbers come far more often: as the frequency of words falls with their rank.
      some.push(words[Math.floor(WORDS ** random()) - 1] ?? COMMON_WORD);
    }
    yield some.join(' ');
  }
}

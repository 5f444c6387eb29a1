// Finds the name that somebody meant: by case, by letters that are missing or swapped, or by words.
import { distance } from 'fastest-levenshtein';

/**
 * Returns the name among `names` that `given` is a misspelling of, else null. Strict, since most
 * names that are not among ours belong to others.
 */
export function misspelt(given: string, names: readonly string[]): string | null {
  const written = plain(given);
  let best: { name: string; off: number } | null = null;
  for (const name of names) {
    // PORT1 and its like are names of their own.
    const off = letters(written, plain(name)) + (/\d/.test(written) ? 1 : 0);
    // One letter in five; short names differ by one letter from too many others.
    const allowed = Math.max(1, Math.floor(plain(name).length / 4.5));
    if (off <= allowed && (best === null || off < best.off)) best = { name, off };
  }
  return best?.name ?? byWords(given, names);
}

/** Returns the name that is most like `given`; null if none is like it at all. */
export function nearest(given: string, names: readonly string[]): string | null {
  const sure = misspelt(given, names);
  if (sure !== null) return sure;
  const [first] = names
    .map((name) => ({ name, off: distance(plain(given), plain(name)) / plain(name).length }))
    .toSorted((a, b) => a.off - b.off);
  return first !== undefined && first.off <= 0.4 ? first.name : null;
}

/** Case and what stands between words are not what makes a name. */
function plain(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, '');
}

/** How many letters are wrong; two that are swapped count as one. */
function letters(a: string, b: string): number {
  const off = distance(a, b);
  if (off !== 2 || a.length !== b.length) return off;
  const at = a.split('').findIndex((letter, index) => letter !== b[index]);
  return a[at] === b[at + 1] && a[at + 1] === b[at] ? 1 : off;
}

/** The name that has at least three quarters of the words of `given`, two at the least. */
function byWords(given: string, names: readonly string[]): string | null {
  const words = given.toUpperCase().split(/[^A-Z0-9]+/);
  let best: { name: string; shared: number; left: number } | null = null;
  for (const name of names) {
    const theirs = name.split('_');
    const shared = words.filter((word) => theirs.some((one) => isLike(word, one))).length;
    if (shared < 2 || shared < words.length * 0.75) continue;
    const left = theirs.length - shared;
    if (best === null || shared > best.shared || (shared === best.shared && left < best.left)) {
      best = { name, shared, left };
    }
  }
  return best?.name ?? null;
}

/** The same word, a shorter form of it, or one with a wrong letter: MIN and MINUTE, KEY and KEYS. */
function isLike(word: string, other: string): boolean {
  if (word === other) return true;
  if (word.length < 3) return false;
  return other.startsWith(word) || (word.length > 3 && letters(word, other) <= 1);
}

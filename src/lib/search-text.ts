// Full-text search with FTS5: prepares text for the index, and turns a typed query into MATCH.

import { foldLetters } from './letters.ts';
import { fitsWithin } from './text.ts';

/**
 * The tokenizer that the index must be made with. Words are letters with their marks, numbers,
 * emoji, skin tones and private symbols. Without `M*`, Thai and Indic vowels would split words, and
 * the Hindi "की" would find every word with a "क".
 */
export const searchTokenizer = "unicode61 remove_diacritics 2 categories 'L* M* N* Co So Sk'";

/**
 * What a query may hold: nobody types more. A character that is a word of its own counts as one. The
 * work for each message that might match grows with it, above all where a word is repeated.
 */
export const maxSearchWords = 32;
const maxRepeats = 3;

const invisible = /[\u00AD\u061C\u200D-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]/gu;

// Category Sk makes words of skin tones, but also of `^` and the backquote: "`code`" would be one.
const otherModifierSymbol = /[\p{Sk}--\p{Emoji_Modifier}]/gv;

// Characters written without spaces around them: each is its own token, so that a phrase finds any
// part of a text. Two regional indicators are one flag.
const ownToken = new RegExp(
  [
    '\\p{Regional_Indicator}{2}',
    '[\\p{Script_Extensions=Han}\\p{Script_Extensions=Hiragana}\\p{Script_Extensions=Katakana}' +
      '\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}' +
      '\\p{Extended_Pictographic}\\p{So}\\p{Emoji_Modifier}]',
  ].join('|'),
  'gv',
);

// Text in good faith has a few marks on a letter. Normalization sorts them, in a time that grows with
// the square of their number.
const tooManyMarks = /(\p{M}{30})\p{M}+/gu;

/** What is beyond this, in UTF-16 code units, is not searched: some characters stand for 18 others. */
const maxFolded = 16_384;

// A mark without its letter cannot be searched for.
const somethingToFind = /[\p{L}\p{N}\p{Co}\p{So}\p{Sk}]/u;
const tokens = /[\p{L}\p{M}\p{N}\p{Co}\p{So}\p{Sk}]+/gu;
const isToken = /^[\p{L}\p{M}\p{N}]+$/u;

/**
 * Returns the text in the form of the index, which queries need as well: compatibility forms
 * resolved, case folded, optional marks dropped, spaces around characters that are a token.
 */
export function normalizeForSearch(text: string): string {
  return separate(fold(text));
}

/** A query for the index. */
export interface WordSearch {
  /** The MATCH expression, in parentheses, for messages with every word of the query, the last one as a prefix. */
  expression: string;
  /**
   * One for at least these messages. The index finds the newest of them without reading the others; for a
   * prefix that is longer than those it holds, it would first gather all there are.
   */
  wide: string;
  /** Tells whether a text that `wide` finds has the prefix as well. */
  fits(text: string): boolean;
}

/** The longest prefix that the index holds, in characters. */
const indexedPrefix = 3;
const marks = /[\u0300-\u036F]/g;
/** The tokenizer drops these marks, so that a word with and without them is the same. */
const bare = (text: string) => text.replace(marks, '');

/**
 * Returns what to ask the index for; null if the query has no word. What is too much of it is passed over.
 * No character of the query is an operator.
 */
export function wordSearch(query: string): WordSearch | null {
  const words = fold(query)
    .split(/\s+/u)
    .filter((word) => somethingToFind.test(word));
  const last = words.pop();
  if (last === undefined) return null;
  const budget = new Budget();
  const ending = budget.take(separate(last).trim());
  const earlier = new Set<string>();
  for (const word of words) {
    if (budget.isSpent) break;
    // Its length is no more than that of the query, which is bounded.
    const taken = budget.take(separate(word).trim()).text;
    if (taken !== '') earlier.add(taken);
  }
  // Without AND, a word that has no token for SQLite (its Unicode may be older than ours) is
  // ignored; with AND nothing would be found.
  const beginnings = ending.isCut ? phrase(ending.text) : beginning(ending.text);
  const before = Array.from(earlier, phrase);
  const expression = `(${[...before, beginnings].join(' ')})`;
  const start = bare(ending.text);
  const letters = Array.from(start);
  const isLong = !ending.isCut && letters.length > indexedPrefix && isToken.test(ending.text);
  if (!isLong) return { expression, wide: expression, fits: () => true };
  const short = letters.slice(0, indexedPrefix).join('');
  const wide = `(${[...before, `${phrase(short)}*`].join(' ')})`;
  const fits = (text: string) =>
    bare(normalizeForSearch(text))
      .match(tokens)
      ?.some((word) => word.startsWith(start)) ?? false;
  return { expression, wide, fits };
}

/** Counts what a query has taken of its tokens. */
class Budget {
  #left = maxSearchWords;
  readonly #repeats = new Map<string, number>();

  get isSpent(): boolean {
    return this.#left === 0;
  }

  /** Returns the word up to where it is too much. */
  take(word: string): { text: string; isCut: boolean } {
    for (const { 0: token, index } of word.matchAll(tokens)) {
      const repeats = this.#repeats.get(token) ?? 0;
      if (this.isSpent || repeats === maxRepeats) {
        return { text: word.slice(0, index).trim(), isCut: true };
      }
      this.#left -= 1;
      this.#repeats.set(token, repeats + 1);
    }
    return { text: word, isCut: false };
  }
}

// No prefix search for a single letter: the prefix index begins at two, and finding every word with
// "a" in 300,000 messages takes 20 ms. Hangul syllables are rarer, and particles follow them.
function beginning(word: string): string {
  const token = word.match(tokens)?.at(-1) ?? '';
  const isLetter = fitsWithin(token, 1) && !/\p{Script=Hangul}/u.test(token);
  return isLetter ? phrase(word) : `${phrase(word)}*`;
}

function phrase(word: string): string {
  return `content:"${word.replaceAll('"', '""')}"`;
}

function fold(text: string): string {
  return foldLetters(
    text
      .toWellFormed()
      .replaceAll('\0', ' ')
      .replace(invisible, '')
      .replace(tooManyMarks, '$1')
      .normalize('NFKD')
      .slice(0, maxFolded),
  ).replace(otherModifierSymbol, ' ');
}

function separate(text: string): string {
  return text.replace(ownToken, ' $& ');
}

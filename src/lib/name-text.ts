// Names in the form in which they are looked up, and the pieces of them that an index holds.
import { foldCase } from './text.ts';

const joiner = /[\u200C\u200D]/gu;

// The marks that people leave out when they type: accents, Hebrew and Arabic vowels, variation
// selectors. The vowels of Indic scripts and Thai stay, and the marks that voice Japanese kana.
const optionalMark =
  /(?![\u3099\u309A])(?=[\p{Script=Inherited}\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}])\p{Mark}/gu;

/** Returns a name without what people leave out: compatibility forms, case, marks ("José" is "jose"). */
export function foldName(name: string): string {
  // Case first as well: "İ" is an "i" with a mark only in lower case.
  return foldCase(name.toWellFormed().normalize('NFKD'))
    .normalize('NFKD')
    .replace(optionalMark, '')
    .replace(joiner, '')
    .normalize('NFKC')
    .trim();
}

const unseen = /\p{Default_Ignorable_Code_Point}/gu;

/** Returns the user name that somebody means who types this: case, width and marks do not count. */
export function meantName(typed: string): string {
  return foldName(typed.replace(unseen, ''));
}

/** The length of the longest pieces, in code points. */
const longest = 3;

/** Returns all pieces of a text of one to three characters, each once. */
export function piecesOf(text: string): Set<string> {
  const characters = Array.from(text);
  const pieces = new Set<string>();
  for (const from of characters.keys()) {
    for (let length = 1; length <= longest && from + length <= characters.length; length += 1) {
      pieces.add(characters.slice(from, from + length).join(''));
    }
  }
  return pieces;
}

/** Returns the pieces that every text with `part` in it has, as few as tell most; at most 32. */
export function piecesThatFind(part: string): string[] {
  const characters = Array.from(part);
  const length = Math.min(longest, characters.length);
  const pieces = new Set<string>();
  for (let from = 0; from + length <= characters.length && pieces.size < 32; from += 1) {
    pieces.add(characters.slice(from, from + length).join(''));
  }
  return [...pieces];
}

/** Returns how a text begins: its first one to three characters, each beginning once. */
export function beginningsOf(text: string): string[] {
  const characters = Array.from(text).slice(0, longest);
  return characters.map((_one, index) => characters.slice(0, index + 1).join(''));
}

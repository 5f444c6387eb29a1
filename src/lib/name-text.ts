// Names in the form in which they are looked up, and the pieces of them that an index holds.
import { foldLetters } from './letters.ts';

const joiner = /[\u200C\u200D]/gu;

/** Returns a name as it is looked up, without what people leave out ("José" is "jose"). */
export function foldName(name: string): string {
  return foldLetters(name.toWellFormed()).replace(joiner, '').trim();
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

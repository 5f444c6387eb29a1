// What text people may write: counts it as they count it, and cleans or refuses names and texts.

/** `reason` completes a sentence that begins with the field's name: "name must not be blank". */
export type CheckedText = { ok: true; text: string } | { ok: false; reason: string };

export type TextRule = {
  /** The most Unicode code points it may have once it is cleaned. */
  maximum: number;
  /** The fewest; 1 unless told otherwise. With 0, what looks empty becomes the empty string. */
  minimum?: number;
};

const controlCharacter = /[\p{Cc}\u2028\u2029]/u;

// Embeddings, overrides and isolates: they reorder what stands around the name on the screen. The
// marks (U+200E, U+200F, U+061C) do not, and Hebrew and Arabic need them.
const directionControl = /[\u202A-\u202E\u2066-\u2069]/u;

// They show nothing and join nothing; in a name they only make two different ones look the same.
// Joiners (U+200C, U+200D) and variation selectors stay: scripts and emoji are written with them.
const invisibleFiller = /[\u00AD\u200B\u2060-\u2064\uFEFF]/gu;

// Beside what Unicode calls ignorable (which includes the Hangul fillers), the Braille pattern
// without a dot and the interlinear marks show nothing either.
const anythingVisible =
  /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\u2800\uFFF9-\uFFFB]/u;

/** The length in Unicode code points: an emoji of one code point counts one, as in the contract. */
export function countCodePoints(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; count += 1) {
    index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
  }
  return count;
}

/** Whether the text has at most so many code points, without counting a much longer one. */
export function fitsWithin(text: string, maximum: number): boolean {
  if (text.length <= maximum) return true;
  return text.length <= maximum * 2 && countCodePoints(text) <= maximum;
}

/** The text cut to so many code points; no code point is cut in half. */
export function cutToCodePoints(text: string, maximum: number): string {
  if (text.length <= maximum) return text;
  let index = 0;
  for (let count = 0; count < maximum && index < text.length; count += 1) {
    index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
  }
  return text.slice(0, index);
}

/** The text without its case: through capitals, so that "STRASSE" is "straße" and a final sigma any sigma. */
export function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}

/** Whether a reader would see nothing: white space and invisible characters only, or no text. */
export function looksEmpty(text: string): boolean {
  return !anythingVisible.test(text);
}

/**
 * A name of one line (user, nickname, role, channel, emoji, application): composed (NFC), trimmed,
 * without invisible fillers; refused with control or direction-changing characters.
 */
export function cleanName(name: string, rule: TextRule): CheckedText {
  if (!name.isWellFormed()) return refused('must be valid Unicode text');
  const text = name.replace(invisibleFiller, '').normalize('NFC').trim();
  if (controlCharacter.test(text)) {
    return refused('must be one line without control characters');
  }
  if (directionControl.test(text)) {
    return refused('must not contain characters that change the direction of text');
  }
  return checkLength(text, rule);
}

/**
 * A text of several lines (message, topic, description): kept as it was written, pasted code
 * included; only NUL is refused, and half an emoji becomes U+FFFD as it would on disk.
 */
export function cleanText(written: string, rule: TextRule): CheckedText {
  if (written.includes('\0')) return refused('must not contain the character NUL');
  return checkLength(written.toWellFormed(), rule);
}

function checkLength(cleaned: string, rule: TextRule): CheckedText {
  const { minimum = 1, maximum } = rule;
  const text = looksEmpty(cleaned) ? '' : cleaned;
  if (text === '') return minimum === 0 ? { ok: true, text } : refused('must not be blank');
  if (!fitsWithin(text, maximum)) return refused(`must be at most ${characters(maximum)} long`);
  if (minimum > 1 && countCodePoints(text) < minimum) {
    return refused(`must be at least ${characters(minimum)} long`);
  }
  return { ok: true, text };
}

function characters(count: number): string {
  return count === 1 ? '1 character' : `${count} characters`;
}

function refused(reason: string): CheckedText {
  return { ok: false, reason };
}

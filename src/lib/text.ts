// Checks names and texts that people write: counts code points, cleans, and refuses.

/** `reason` completes a sentence that begins with the field's name: "name must not be blank". */
export type CheckedText = { ok: true; text: string } | { ok: false; reason: string };

export type TextRule = {
  /** Maximum Unicode code points of the cleaned text. */
  maximum: number;
  /** Minimum code points; 1 by default. With 0, a text that looks empty becomes ''. */
  minimum?: number;
};

const controlCharacter = /[\p{Cc}\u2028\u2029]/u;

// Embeddings, overrides and isolates reorder the text around the name on the screen. The marks
// (U+200E, U+200F, U+061C) do not, and Hebrew and Arabic need them.
const directionControl = /[\u202A-\u202E\u2066-\u2069]/u;

// These show nothing and join nothing; they only make two different names look the same.
// Joiners (U+200C, U+200D) and variation selectors stay: some scripts and emoji need them.
const invisibleFiller = /[\u00AD\u200B\u2060-\u2064\uFEFF]/gu;

// Besides Unicode's ignorable characters (with the Hangul fillers), the Braille pattern without a
// dot and the interlinear marks show nothing.
const anythingVisible =
  /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\u2800\uFFF9-\uFFFB]/u;

/**
 * The maximum UTF-16 units of a name as it is written, before it is cleaned: four that compose to
 * one character, and some blanks around it. Composing takes quadratic time for text of marks.
 */
export const unitsOfName = (maximum: number) => 4 * maximum + 64;

/** The maximum UTF-16 units of a text that is kept as it is written. */
export const unitsOfText = (maximum: number) => 2 * maximum;

/** Cuts characters off the end as long as they are unwanted: `/x+$/` takes quadratic time for this. */
export function withoutEnd(text: string, isUnwanted: (unit: string) => boolean): string {
  let end = text.length;
  while (end > 0 && isUnwanted(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** Returns the length in Unicode code points, the unit of the API's limits. */
export function countCodePoints(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; count += 1) {
    index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
  }
  return count;
}

/** Tells whether the text has at most `maximum` code points; does not count a much longer one. */
export function fitsWithin(text: string, maximum: number): boolean {
  if (text.length <= maximum) return true;
  return text.length <= maximum * 2 && countCodePoints(text) <= maximum;
}

/** Cuts the text to `maximum` code points; never cuts a code point in half. */
export function cutToCodePoints(text: string, maximum: number): string {
  if (text.length <= maximum) return text;
  let index = 0;
  for (let count = 0; count < maximum && index < text.length; count += 1) {
    index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
  }
  return text.slice(0, index);
}

/** Folds case, through capitals: "STRASSE" equals "straße", a final sigma any other sigma. */
export function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}

/** Tells whether the text is empty, or only white space and invisible characters. */
export function looksEmpty(text: string): boolean {
  return !anythingVisible.test(text);
}

/**
 * Cleans a name of one line (user, nickname, role, channel, emoji, application): composes (NFC),
 * trims, drops invisible fillers; refuses control and direction-changing characters.
 */
export function cleanName(name: string, rule: TextRule): CheckedText {
  if (name.length > unitsOfName(rule.maximum)) return tooLong(rule.maximum);
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
 * Checks a text of several lines (message, topic, description) and keeps it as written, pasted code
 * included; refuses NUL, and turns half an emoji into U+FFFD, as it would become on disk.
 */
export function cleanText(written: string, rule: TextRule): CheckedText {
  if (written.length > unitsOfText(rule.maximum)) return tooLong(rule.maximum);
  if (written.includes('\0')) return refused('must not contain the character NUL');
  return checkLength(written.toWellFormed(), rule);
}

function checkLength(cleaned: string, rule: TextRule): CheckedText {
  const { minimum = 1, maximum } = rule;
  const text = looksEmpty(cleaned) ? '' : cleaned;
  if (text === '') return minimum === 0 ? { ok: true, text } : refused('must not be blank');
  if (!fitsWithin(text, maximum)) return tooLong(maximum);
  if (minimum > 1 && countCodePoints(text) < minimum) {
    return refused(`must be at least ${characters(minimum)} long`);
  }
  return { ok: true, text };
}

/** The reason for which a text of more than `maximum` characters is refused. */
export const longerThan = (maximum: number) => `must be at most ${characters(maximum)} long`;

function tooLong(maximum: number): CheckedText {
  return refused(longerThan(maximum));
}

function characters(count: number): string {
  return count === 1 ? '1 character' : `${count} characters`;
}

function refused(reason: string): CheckedText {
  return { ok: false, reason };
}

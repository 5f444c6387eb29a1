// Names of uploaded files: reads them from a form, and makes them safe for paths and for display.
import { countCodePoints, cutToCodePoints } from './text.ts';

const nameOfTheNameless = 'attachment';

/** Maximum code points of a display name. */
const displayLength = 255;

/** Names in a folder may have 255 bytes, but only 143 if it is encrypted (eCryptfs). */
const pathBytes = 140;

const extension = /\.[^.]{1,16}$/u;

// Line separators break headers and lists, direction marks show `gnp.exe` as `exe.png`, invisible
// characters make two names look the same. Joiners (U+200C, U+200D) stay: emoji need them.
const unshowable =
  /[\p{Cc}\u00AD\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2064\u2066-\u206F\uFEFF]/gu;

/**
 * Returns the name as the last segment of a path: keeps letters, digits, `-`, `_` and `.`, turns
 * others into `_`; no leading dot, no two dots in a row, never empty, at most 140 bytes of UTF-8.
 */
export function safeName(filename: string): string {
  const safe = filename
    .normalize('NFC')
    .replace(/[^\p{Alphabetic}\p{Number}_.-]/gu, '_')
    .replace(/^\.+/, '')
    .replace(/\.{2,}/g, '.');
  return shorten(safe, pathBytes, countBytes, cutToBytes) || nameOfTheNameless;
}

/** Returns the name for display: the last part of a path, one line, at most 255 code points. */
export function displayName(filename: string): string {
  const segments = filename.toWellFormed().replace(unshowable, '').split(/[/\\]/);
  const name = segments.findLast((segment) => segment.trim() !== '')?.trim() ?? '';
  if (/^\.*$/.test(name)) return nameOfTheNameless;
  return shorten(name, displayLength, countCodePoints, cutToCodePoints);
}

/**
 * Reads the Content-Disposition of a form's part; the names are not made safe in any way.
 * Undefined if the line is broken or not from a form.
 */
export function readDisposition(
  line: string,
): { name: string; filename: string | undefined } | undefined {
  const found = parametersOf(line);
  const name = found?.get('name');
  if (found === undefined || name === undefined) return undefined;
  const encoded = found.get('filename*');
  const plain = unescaped(found.get('filename'));
  // A name that cannot be read still says that there is a file.
  const filename = encoded === undefined ? plain : (extended(encoded) ?? plain ?? '');
  return { name: unescaped(name), filename };
}

const beginning = /\s*form-data\s*/iy;
const parameter = /;\s*([\w-]+\*?)\s*=\s*/y;
const plainValue = /[^";\s]+/y;
// Godot does not escape names, so a quote ends one only before the next parameter or the end.
const endOfQuoted = /"\s*(?=$|;\s*[\w-]+\*?\s*=)/y;
const blanks = /\s*(?:;\s*$)?/y;

/**
 * Returns the parameters by name, the first of each. Reads from left to right and never goes back,
 * so that no line takes more than linear time.
 */
function parametersOf(line: string): Map<string, string> | undefined {
  let at = 0;
  const next = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(line);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  const quoted = (): string | undefined => {
    const start = at + 1;
    for (let quote = line.indexOf('"', start); quote !== -1; quote = line.indexOf('"', quote + 1)) {
      at = quote;
      if (next(endOfQuoted) !== null) return line.slice(start, quote);
    }
    return undefined;
  };
  if (next(beginning) === null) return undefined;
  const found = new Map<string, string>();
  while (at < line.length) {
    const name = next(parameter)?.[1]?.toLowerCase();
    if (name === undefined) return undefined;
    const value = line[at] === '"' ? quoted() : next(plainValue)?.[0];
    if (value === undefined) return undefined;
    if (!found.has(name)) found.set(name, value);
    next(blanks);
  }
  return found;
}

function unescaped(written: string): string;
function unescaped(written: string | undefined): string | undefined;
/** Browsers write a quote as `%22`, other clients as `\"`. */
function unescaped(written: string | undefined): string | undefined {
  return written
    ?.replace(/\\(["\\])/g, '$1')
    .replace(/%22/g, '"')
    .replace(/%0D/gi, '\r')
    .replace(/%0A/gi, '\n');
}

/** Reads the value of `filename*` (RFC 5987), which some clients send beside a name in ASCII. */
function extended(written: string): string | undefined {
  const [, charset = '', encoded = ''] = /^(utf-8|iso-8859-1)'[^']*'(.+)$/is.exec(written) ?? [];
  try {
    if (encoded === '') return undefined;
    if (charset.length === 5) return decodeURIComponent(encoded);
    return encoded.replace(/%([\da-f]{2})/gi, (_, code) => String.fromCharCode(parseInt(code, 16)));
  } catch {
    // Not percent-encoded UTF-8: the plain name is used, if there is one.
    return undefined;
  }
}

/** Shortens a name by cutting its stem, so that the extension stays. */
function shorten(
  name: string,
  maximum: number,
  measure: (text: string) => number,
  cut: (text: string, maximum: number) => string,
): string {
  if (measure(name) <= maximum) return name;
  const kept = extension.exec(name)?.[0] ?? '';
  return cut(name.slice(0, name.length - kept.length), maximum - measure(kept)) + kept;
}

function countBytes(text: string): number {
  return Buffer.byteLength(text);
}

function cutToBytes(text: string, maximum: number): string {
  let bytes = 0;
  let length = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > maximum) break;
    length += character.length;
  }
  return text.slice(0, length);
}

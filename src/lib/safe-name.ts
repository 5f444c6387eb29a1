// Names of uploaded files: as a form states them, safe in a path and an address, safe to show.
import { countCodePoints, cutToCodePoints } from './text.ts';

const nameOfTheNameless = 'attachment';

/** The most code points that a shown name has. */
const displayLength = 255;

/** A folder entry may have 255 bytes; on an encrypted one (eCryptfs) only 143 are left. */
const pathBytes = 140;

const extension = /\.[^.]{1,16}$/u;

// Line separators break headers and lists, direction marks make `exe.png` of `gnp.exe`, and what
// is never seen makes two names look the same. The joiners (U+200C, U+200D) stay: emoji need them.
const unshowable =
  /[\p{Cc}\u00AD\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2064\u2066-\u206F\uFEFF]/gu;

/**
 * The name as a last segment of a path: letters, digits, `-`, `_` and `.` stay, anything else
 * becomes `_`; no leading dot, no two dots in a row, never empty, at most 140 bytes of UTF-8.
 */
export function safeName(filename: string): string {
  const safe = filename
    .normalize('NFC')
    .replace(/[^\p{Alphabetic}\p{Number}_.-]/gu, '_')
    .replace(/^\.+/, '')
    .replace(/\.{2,}/g, '.');
  return shorten(safe, pathBytes, countBytes, cutToBytes) || nameOfTheNameless;
}

/** The name as people may see it: the last part of a path, on one line, at most 255 code points. */
export function displayName(filename: string): string {
  const segments = filename.toWellFormed().replace(unshowable, '').split(/[/\\]/);
  const name = segments.findLast((segment) => segment.trim() !== '')?.trim() ?? '';
  if (/^\.*$/.test(name)) return nameOfTheNameless;
  return shorten(name, displayLength, countCodePoints, cutToCodePoints);
}

/**
 * What the Content-Disposition of a part of a form states, not made safe in any way; undefined
 * when the line is not one of a form, or broken.
 */
export function readDisposition(
  line: string,
): { name: string; filename: string | undefined } | undefined {
  const name = parameterOf(line, nameParameter);
  const filename = extendedFilename(line) ?? parameterOf(line, filenameParameter);
  const isBroken = filename === undefined && /;\s*filename\s*=/i.test(line);
  if (name === undefined || isBroken || !/^\s*form-data\s*;/i.test(line)) return undefined;
  return { name, filename };
}

// Godot writes a name as it is, so a quote ends it only before the next parameter or the end.
const value = String.raw`(?:"(.*?)"(?=\s*(?:$|;\s*[\w-]+\*?\s*=))|([^";\s]+))`;
const nameParameter = new RegExp(String.raw`;\s*name\s*=\s*${value}`, 'is');
const filenameParameter = new RegExp(String.raw`;\s*filename\s*=\s*${value}`, 'is');

/** Browsers write a quote as `%22`, other clients as `\"`. */
function parameterOf(line: string, parameter: RegExp): string | undefined {
  const found = parameter.exec(line);
  const written = found?.[1]?.replace(/\\(["\\])/g, '$1') ?? found?.[2];
  return written?.replace(/%22/g, '"').replace(/%0D/gi, '\r').replace(/%0A/gi, '\n');
}

/** RFC 5987, which older clients use here for names that are not ASCII. */
function extendedFilename(line: string): string | undefined {
  const found = /;\s*filename\*\s*=\s*utf-8'[^']*'([^\s;"]+)/i.exec(line);
  try {
    return found?.[1] && decodeURIComponent(found[1]);
  } catch {
    // Not percent-encoded UTF-8: then the plain name has to do, if there is one.
    return undefined;
  }
}

/** Cuts the stem, so that what the file is stays readable. */
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

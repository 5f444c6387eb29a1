// Counts what a JSON text holds before it is parsed: deep nesting and many parts take long to parse.

export interface JsonLimits {
  /** Maximum depth of objects and lists inside each other. */
  depth: number;
  /** Maximum number of values, the outermost and each entry counted. */
  values: number;
  /** Maximum number of characters outside of strings. */
  characters: number;
  /** Maximum number of escapes in strings. */
  escapes: number;
}

/** What the text holds; if it is no JSON, any numbers. `excess` names a limit that it passes. */
export type JsonCount = { colons: number; excess: null } | { excess: keyof JsonLimits };

const [tab, space, quotationMark, backslash] = [0x09, 0x20, 0x22, 0x5c];
const [comma, colon] = [0x2c, 0x3a];
const [bracket, bracketEnd, brace, braceEnd] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Reads the text once. Strings are searched for their end by native code and characters between
 * them are limited, so that even megabytes of anything take a few milliseconds.
 */
export function countJson(text: string, limits: JsonLimits): JsonCount {
  if (escapesIn(text, limits.escapes) > limits.escapes) return { excess: 'escapes' };
  let [at, steps, depth, colons, values] = [0, 0, 0, 0, 1];
  /** Whether nothing but white space came since a list or object began. */
  let isEmpty = false;
  while (at < text.length) {
    steps += 1;
    if (steps > limits.characters) return { excess: 'characters' };
    const letter = text.charCodeAt(at);
    if (letter === quotationMark) {
      at = endOfString(text, at);
      isEmpty = false;
      continue;
    }
    at += 1;
    if (letter <= space && letter >= tab) continue;
    if (letter === bracket || letter === brace) {
      depth += 1;
      if (depth > limits.depth) return { excess: 'depth' };
      values += 1;
      isEmpty = true;
      continue;
    }
    if (letter === bracketEnd || letter === braceEnd) {
      depth -= 1;
      if (isEmpty) values -= 1;
    } else if (letter === comma) values += 1;
    else if (letter === colon) colons += 1;
    if (values > limits.values) return { excess: 'values' };
    isEmpty = false;
  }
  return values > limits.values ? { excess: 'values' } : { colons, excess: null };
}

/** Counts backslashes, each of which begins an escape or is escaped; stops above `max`. */
function escapesIn(text: string, max: number): number {
  let count = 0;
  for (let at = text.indexOf('\\'); at !== -1; at = text.indexOf('\\', at + 1)) {
    count += 1;
    if (count > max) break;
  }
  return count;
}

/** Returns the position after the string that begins with the quote at `start`. */
function endOfString(text: string, start: number): number {
  let quote = start;
  for (;;) {
    quote = text.indexOf('"', quote + 1);
    if (quote === -1) return text.length;
    let slashes = 0;
    while (text.charCodeAt(quote - 1 - slashes) === backslash) slashes += 1;
    // After an even number of backslashes, the quote is not escaped.
    if (slashes % 2 === 0) return quote + 1;
  }
}

// Finds repeated keys in a JSON text, of which parsers silently keep the last value.

/** Tells whether `text`, parsed to `value`, repeats a key: it then has more colons than keys. */
export function hasRepeatedKey(text: string, value: unknown): boolean {
  return colonsIn(text) !== keysIn(value);
}

const colon = 0x3a;
const quotationMark = 0x22;

/** Counts the colons outside of strings: one for each key. */
function colonsIn(text: string): number {
  let count = 0;
  let at = 0;
  while (at < text.length) {
    const letter = text.charCodeAt(at);
    if (letter === colon) count += 1;
    at = letter === quotationMark ? endOfString(text, at) : at + 1;
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
    while (text[quote - 1 - slashes] === '\\') slashes += 1;
    // After an even number of backslashes, the quote is not escaped.
    if (slashes % 2 === 0) return quote + 1;
  }
}

/** Counts keys, without recursion, so that depth cannot overflow the stack. */
function keysIn(value: unknown): number {
  let count = 0;
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null) continue;
    const parts: unknown[] = Object.values(next);
    if (!Array.isArray(next)) count += parts.length;
    for (const part of parts) if (typeof part === 'object' && part !== null) waiting.push(part);
  }
  return count;
}

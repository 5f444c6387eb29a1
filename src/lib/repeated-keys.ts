// Whether an object in a JSON text names a key twice: parsers keep the last value and say nothing.

/** `value` is what the text was parsed to; its keys are counted against the colons of the text. */
export function hasRepeatedKey(text: string, value: unknown): boolean {
  return colonsIn(text) !== keysIn(value);
}

const colon = 0x3a;
const quotationMark = 0x22;

/** The colons outside of strings: one for each key. */
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

/** Where a string that begins with the quote at `start` is over. */
function endOfString(text: string, start: number): number {
  let quote = start;
  for (;;) {
    quote = text.indexOf('"', quote + 1);
    if (quote === -1) return text.length;
    let slashes = 0;
    while (text[quote - 1 - slashes] === '\\') slashes += 1;
    // An even number of backslashes are backslashes themselves.
    if (slashes % 2 === 0) return quote + 1;
  }
}

/** Without recursion: how deep a text may go is not for this to decide. */
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

// Finds texts that nest too deeply, before a parser builds what they describe.

const backslash = 0x5c;
const quotationMark = 0x22;

/**
 * Tells whether arrays and objects of a JSON text nest more than `max` levels deep. Brackets inside
 * of strings do not count. A text that is not JSON gets some answer; the parser refuses it anyway.
 */
export function nestsDeeper(text: string, max: number): boolean {
  let depth = 0;
  let isString = false;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charCodeAt(at);
    if (letter === quotationMark) isString = !isString;
    else if (isString) {
      if (letter === backslash) at += 1;
    }
    // `[` and `{` differ from `]` and `}` by two.
    else if (letter === 0x5b || letter === 0x7b) {
      depth += 1;
      if (depth > max) return true;
    } else if (letter === 0x5d || letter === 0x7d) depth -= 1;
  }
  return false;
}

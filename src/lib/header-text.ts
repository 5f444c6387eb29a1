// Reads texts in headers, where clients percent-encode what is not ASCII.

const loneSign = /%(?![0-9a-f]{2})/i;

/**
 * Returns a header's value as text: percent-encoded UTF-8, or UTF-8 as it is. Null if it is neither, as
 * with a percent sign that encodes nothing. `value` as HTTP hands it over, a character for each byte.
 */
export function headerText(value: string): string | null {
  if (loneSign.test(value)) return null;
  const bytes = value.replace(/%([0-9a-f]{2})/gi, (_sign, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return null;
  }
}

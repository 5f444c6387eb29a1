// Tells which addresses lead to the web: those that a click or a client may open.

/**
 * Tells whether a text is an http or https address. Its beginning is looked at as it is written:
 * programs differ in which blanks and control characters they drop before they read the scheme.
 */
export function isWebAddress(text: string): boolean {
  return /^https?:\/\/[^\p{Cc}]*$/iu.test(text) && URL.canParse(text);
}

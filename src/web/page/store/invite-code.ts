// Reads an invite out of what somebody has pasted.

/** The code in a link to an invite, of the web or of the app, or the text itself. */
export function codeIn(given: string): string {
  const text = given.trim();
  const inPath = /invite\/([^/?#@\s]+)/.exec(text);
  const inQuery = /[?&]invite=([^&#\s]+)/.exec(text);
  return inPath?.[1] ?? inQuery?.[1] ?? text;
}

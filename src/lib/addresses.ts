// Takes the addresses out of a text, whatever their scheme, in linear time.

/** The beginning of an address: a scheme, or a host with a slash behind it. */
const beginning =
  /(?<![a-z\d@._+-])(?:[a-z][a-z\d+.-]{0,30}:\/\/|(?:[a-z\d-]{1,63}\.){1,8}[a-z]{2,63}(?::\d{1,5})?\/)/giu;

const piece = /[^\s\p{C}<>"`()、。，！？；：（）「」『』《》【】]+/uy;

/** Replaces each address by a blank. It ends at a blank, or at a bracket that it did not open. */
export function withoutAddresses(text: string): string {
  const kept: string[] = [];
  let at = 0;
  beginning.lastIndex = 0;
  for (let found = beginning.exec(text); found !== null; found = beginning.exec(text)) {
    kept.push(text.slice(at, found.index));
    at = endOf(text, beginning.lastIndex);
    beginning.lastIndex = at;
  }
  return [...kept, text.slice(at)].join(' ');
}

function endOf(text: string, from: number): number {
  let open = 0;
  for (let at = from; ;) {
    piece.lastIndex = at;
    if (piece.test(text)) at = piece.lastIndex;
    else if (text[at] === '(') [open, at] = [open + 1, at + 1];
    else if (text[at] === ')' && open > 0) [open, at] = [open - 1, at + 1];
    else return at;
  }
}

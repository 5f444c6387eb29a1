// Finds what somebody asks for while writing: `@na`, `#na` or `:na` before the caret.
export interface Asked {
  readonly sign: '@' | '#' | ':';
  readonly word: string;
  /** Where the sign stands. */
  readonly from: number;
}

/** What is asked for at the caret; null if it is nothing. */
export function askedAt(text: string, caret: number): Asked | null {
  const found = /(?:^|[\s(])([@#:])([\p{L}\p{N}_.+-]{0,32})$/u.exec(text.slice(0, caret));
  const [, sign, word = ''] = found ?? [];
  // A smiley is no emoji that is looked for.
  if (sign === undefined || (sign === ':' && word.length < 2)) return null;
  return { sign: sign as Asked['sign'], word, from: caret - word.length - 1 };
}

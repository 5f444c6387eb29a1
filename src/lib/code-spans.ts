// Takes the code out of a text in Markdown, in linear time.

/** A run of backquotes. */
interface Quotes {
  start: number;
  length: number;
}

/**
 * Replaces code by a blank. It ends with as many backquotes as it began with: one or two on the same
 * line, more anywhere. A backquote after a backslash begins no code.
 */
export function withoutCode(text: string): string {
  const runs = Array.from(text.matchAll(/`+/g), ({ 0: { length }, index: start }): Quotes => ({
    start,
    length,
  }));
  if (runs.length < 2) return text;
  const ends = new Ends(runs);
  const lineEnd = lineEnds(text);
  const kept: string[] = [];
  let at = 0;
  for (let index = 0; index < runs.length; index += 1) {
    const run = runs[index];
    if (run === undefined) continue;
    const open = isEscaped(text, run.start)
      ? { start: run.start + 1, length: run.length - 1 }
      : run;
    const end = ends.after(index, open.length);
    const close = end === undefined ? undefined : runs[end];
    if (end === undefined || close === undefined) continue;
    if (open.length < 3 && lineEnd(open.start) < close.start) continue;
    kept.push(text.slice(at, open.start));
    at = close.start + close.length;
    index = end;
  }
  return [...kept, text.slice(at)].join(' ');
}

/** Tells whether the character at that place stands behind a backslash that is not escaped itself. */
export function isEscaped(text: string, place: number): boolean {
  let start = place;
  while (start > 0 && text[start - 1] === '\\') start -= 1;
  return (place - start) % 2 === 1;
}

/** Finds for a run the next one of a length; the runs have to be asked for in order. */
class Ends {
  readonly #byLength = new Map<number, number[]>();

  constructor(runs: readonly Quotes[]) {
    for (const [index, { length }] of runs.entries()) {
      const known = this.#byLength.get(length);
      if (known) known.push(index);
      else this.#byLength.set(length, [index]);
    }
    // The first ones are at the end, where it is cheap to take them away.
    for (const list of this.#byLength.values()) list.reverse();
  }

  after(index: number, length: number): number | undefined {
    const list = this.#byLength.get(length) ?? [];
    for (let next = list.at(-1); next !== undefined && next <= index; next = list.at(-1))
      list.pop();
    return list.at(-1);
  }
}

/** Returns a function that finds the end of the line from a place on; the places have to come in order. */
function lineEnds(text: string): (from: number) => number {
  const lineBreak = /[\n\r\u2028\u2029]/g;
  let end = -1;
  return (from) => {
    if (end < from) {
      lineBreak.lastIndex = from;
      end = lineBreak.exec(text)?.index ?? text.length;
    }
    return end;
  };
}

// Takes the code out of a text in Markdown, in linear time.

/** A run of backquotes, or one of three tildes or more that begins a line. */
interface Run {
  start: number;
  length: number;
  /** Tildes end code only where nothing else stands on their line. */
  isTildes: boolean;
  canEnd: boolean;
}

const anyRun = /`+|(?<=^ {0,3})(?<tildes>~{3,})(?:(?<alone>[ \t]*$)|)/gm;

function runsIn(text: string): Run[] {
  return Array.from(text.matchAll(anyRun), ({ 0: all, index: start, groups }): Run => {
    const { tildes, alone } = groups ?? {};
    const isTildes = tildes !== undefined;
    const { length } = tildes ?? all;
    return { start, length, isTildes, canEnd: !isTildes || alone !== undefined };
  });
}

/**
 * Replaces code by a blank. It ends with as many backquotes as it began with: one or two on the same
 * line, more anywhere. A backquote after a backslash begins no code. Tildes that begin a line do the
 * same as three backquotes.
 */
export function withoutCode(text: string): string {
  const runs = runsIn(text);
  if (runs.length < 2) return text;
  const ends = new Ends(runs);
  const lineEnd = lineEnds(text);
  const kept: string[] = [];
  let at = 0;
  for (let index = 0; index < runs.length; index += 1) {
    const run = runs[index];
    if (run === undefined) continue;
    const open = isEscaped(text, run.start)
      ? { ...run, start: run.start + 1, length: run.length - 1 }
      : run;
    const end = ends.after(index, open);
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

/** Tildes count below zero. */
const kindOf = ({ isTildes, length }: Run) => (isTildes ? -length : length);

/** Finds for a run the next one that ends its code; the runs have to be asked for in order. */
class Ends {
  readonly #byKind = new Map<number, number[]>();

  constructor(runs: readonly Run[]) {
    for (const [index, run] of runs.entries()) {
      if (!run.canEnd) continue;
      const known = this.#byKind.get(kindOf(run));
      if (known) known.push(index);
      else this.#byKind.set(kindOf(run), [index]);
    }
    // The first ones are at the end, where it is cheap to take them away.
    for (const list of this.#byKind.values()) list.reverse();
  }

  after(index: number, run: Run): number | undefined {
    const list = this.#byKind.get(kindOf(run)) ?? [];
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

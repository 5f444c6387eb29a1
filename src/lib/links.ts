// Finds the addresses in a message, of which previews are made, in linear time.
import { withoutEnd } from './text.ts';

const maxLength = 2048;
const linkInBrackets = /<https?:[^<>\s]*>/gi;
const link = /(?<![a-z\d])https?:\/\/[^\s\p{C}<>"`、。，！？；：（）「」『』《》【】]+/giu;

/**
 * Returns the first `maximum` http(s) addresses in a message, each once, as written; not those in
 * `<…>` or in code, by which authors say that they want no preview.
 */
export function findLinks(text: string, maximum: number): string[] {
  const links = new Set<string>();
  for (const [match] of withoutCode(text).replace(linkInBrackets, ' ').matchAll(link)) {
    if (links.size >= maximum) break;
    const address = withoutTail(match.slice(0, maxLength + 1));
    const url = address.length <= maxLength ? parse(address) : null;
    if (url?.hostname.includes('.') && !url.username && !url.password) links.add(address);
  }
  return [...links];
}

/** Longer than any name of a host; parsing one of other scripts takes quadratic time. */
const maxHost = 255;

function parse(address: string): URL | null {
  const start = address.indexOf('//') + 2;
  const length = address.slice(start).search(/[/?#\\]/);
  return (length === -1 ? address.length - start : length) > maxHost ? null : URL.parse(address);
}

/** A run of backquotes. */
interface Quotes {
  start: number;
  length: number;
}

/**
 * Replaces code by a blank. It ends with as many backquotes as it began with: one or two on the same
 * line, more anywhere.
 */
function withoutCode(text: string): string {
  const runs = Array.from(text.matchAll(/`+/g), ({ 0: { length }, index: start }): Quotes => ({
    start,
    length,
  }));
  if (runs.length < 2) return text;
  const ends = endsOf(runs);
  const kept: string[] = [];
  let at = 0;
  for (let index = 0; index < runs.length; index += 1) {
    const open = runs[index];
    const end = ends[index];
    const close = end === undefined ? undefined : runs[end];
    if (open === undefined || end === undefined || close === undefined) continue;
    if (open.length < 3 && hasLineBreak(text, open.start, close.start)) continue;
    kept.push(text.slice(at, open.start));
    at = close.start + close.length;
    index = end;
  }
  return [...kept, text.slice(at)].join(' ');
}

/** For each run the index of the next one that is as long. */
function endsOf(runs: readonly Quotes[]): (number | undefined)[] {
  const next = new Map<number, number>();
  const ends: (number | undefined)[] = [];
  for (let index = runs.length - 1; index >= 0; index -= 1) {
    const { length = 0 } = runs[index] ?? {};
    ends[index] = next.get(length);
    next.set(length, index);
  }
  return ends;
}

/** Whether a line ends in between. Runs of one length follow each other, so no part is read twice. */
function hasLineBreak(text: string, start: number, end: number): boolean {
  return /[\n\r\u2028\u2029]/.test(text.slice(start, end));
}

/** Cuts the end of a sentence, of emphasis, or of a bracket around the link. */
function withoutTail(found: string): string {
  let open = 0;
  for (const letter of found) open += letter === '(' ? 1 : letter === ')' ? -1 : 0;
  return withoutEnd(found, (last) => {
    if (last !== ')') return ".,:;!?'*_~|\\]}".includes(last);
    // It belongs to the link if it closes a bracket in it.
    if (open >= 0) return false;
    open += 1;
    return true;
  });
}

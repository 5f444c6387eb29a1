// Finds the addresses in a message, of which previews are made, in linear time.
import { withoutCode } from './code-spans.ts';
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

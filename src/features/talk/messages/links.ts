// The addresses that a message links to, as far as previews are made of them.
import { findLinks } from '../../../lib/page-metadata.ts';

/** Of more links than these no previews are made. */
const maxLinks = 5;

/** The first links of a text, in order. */
export function linksOf(content: string): string[] {
  return content.includes('://') ? findLinks(content, maxLinks) : [];
}

/** Whether two texts have the same links, so that previews of one are those of the other. */
export function haveSameLinks(one: string, other: string): boolean {
  return linksOf(one).join('\n') === linksOf(other).join('\n');
}

// The links in a message of which previews are made.
import { findLinks } from '../../../lib/links.ts';

/** Further links get no preview. */
const maxLinks = 5;

/** The first links of a text, in order. */
export function linksOf(content: string): string[] {
  return content.includes('://') ? findLinks(content, maxLinks) : [];
}

/** Tells whether two texts have the same links, so that the previews of one fit the other. */
export function haveSameLinks(one: string, other: string): boolean {
  return linksOf(one).join('\n') === linksOf(other).join('\n');
}

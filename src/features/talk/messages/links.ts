// The links in a message of which previews are made.
import { findLinks } from '../../../lib/links.ts';
import { isEncrypted } from './encrypted.ts';
import type { MessageRow } from './queries.ts';

/** Further links get no preview. */
const maxLinks = 5;

type Written = Pick<MessageRow, 'space_id' | 'content'>;

/** The first links of a message's text, in order. */
export function linksOf(message: Written): string[] {
  const { content } = message;
  return content.includes('://') && !isEncrypted(message) ? findLinks(content, maxLinks) : [];
}

/** Tells whether two texts have the same links, so that the previews of one fit the other. */
export function haveSameLinks(one: Written, other: Written): boolean {
  return one.content === other.content || linksOf(one).join('\n') === linksOf(other).join('\n');
}

// Makes an embed from what a linked page says about itself.
import type { App } from '../../../app.ts';
import { readPageMetadata, untilHeadEnds } from '../../../lib/page-metadata.ts';
import { fetchPublic } from '../../../lib/public-fetch.ts';
import type { Embed } from '../messages/schema.ts';

/** Some pages have their tags behind a megabyte of scripts and styles. */
const page_bytes = 2 * 1024 * 1024;
export const userAgent = 'AccordBot/1.0 (link preview)';

const pages = ['text/html', 'application/xhtml+xml'];
const images = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

/** Fetches and describes a page; null if it is unreadable or has no title or description. */
export async function embedOf(app: App, link: string): Promise<Embed | null> {
  const page = await fetchPublic(link, {
    userAgent,
    contentTypes: [...pages, ...images],
    maxBytes: page_bytes,
    // Of an image nothing but its address is needed.
    untilEnough: (type) => (/^image\//i.test(type) ? () => true : untilHeadEnds()),
    network: app.network,
  });
  if (!page.ok) {
    app.log.debug({ reason: page.reason }, 'a link has no preview');
    return null;
  }
  // The address after redirects; the embed shows the link as it is in the message.
  const { url: found_at, contentType, body } = page;
  if (/^image\//i.test(contentType)) return { type: 'image', url: link, image: { url: found_at } };
  const said = await readPageMetadata(body, { url: found_at, contentType });
  const { title, description, site_name, image, color } = said;
  if (title === null && description === null) return null;
  // Keys without a value are left out: the Godot client takes no null inside.
  return {
    type: said.type?.startsWith('video') ? 'video' : 'link',
    url: link,
    ...(title === null ? {} : { title }),
    ...(description === null ? {} : { description }),
    ...(color === null ? {} : { color }),
    ...(image === null ? {} : { image: { url: image } }),
    ...(site_name === null ? {} : { author: { name: site_name } }),
  };
}

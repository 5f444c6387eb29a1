// What a page says of itself, as an embed of the message that links to it.
import type { App } from '../../../app.ts';
import { readPageMetadata } from '../../../lib/page-metadata.ts';
import { fetchPublic } from '../../../lib/public-fetch.ts';
import type { Embed } from '../messages/schema.ts';

const pages = ['text/html', 'application/xhtml+xml'];
const images = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

/** Fetches a page and describes it; null for one that cannot be read or says nothing of itself. */
export async function embedOf(app: App, link: string): Promise<Embed | null> {
  const page = await fetchPublic(link, {
    userAgent: 'AccordBot/1.0 (link preview)',
    contentTypes: [...pages, ...images],
    network: app.network,
  });
  if (!page.ok) {
    app.log.debug({ reason: page.reason }, 'a link has no preview');
    return null;
  }
  // Where the link led in the end; shown is the link itself, as in the message.
  const { url: found_at, contentType, body } = page;
  if (/^image\//i.test(contentType)) return { type: 'image', url: link, image: { url: found_at } };
  const said = await readPageMetadata(body, { url: found_at, contentType });
  const { title, description, site_name, image, color } = said;
  if (title === null && description === null) return null;
  // What is not there is left out: the Godot client takes no null inside.
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

// Pictures of previews come through this server: whoever reads a message is not seen by the pages it links to.
import { timingSafeEqual } from 'node:crypto';
import type { App, StateName } from '../../../app.ts';
import { previewKey } from '../../base/settings/queries.ts';
import type { Embed } from './schema.ts';

const key: StateName<string> = { create: ({ db }) => previewKey(db) };

/** 128 bits that only this server can make of a message and an address. */
function secretOf(app: App, message_id: string, url: string): string {
  const hasher = new Bun.CryptoHasher('sha256', app.state(key));
  return hasher.update(`${message_id} ${url}`).digest('hex').slice(0, 32);
}

/** Returns the ending of an address by which some clients choose how to read a picture; "" if it has none. */
const endingOf = (url: string) =>
  /\.(?:png|jpe?g|gif|webp|avif)$/i.exec(URL.parse(url)?.pathname ?? '')?.[0].toLowerCase() ?? '';

/** Returns the previews of a message as clients see them. */
export function shownPreviews(app: App, message_id: string, previews: readonly Embed[]): Embed[] {
  return previews.map((preview) => {
    const { image } = preview;
    if (!image) return preview;
    const name = secretOf(app, message_id, image.url) + endingOf(image.url);
    const url = `${app.address.origin}/cdn/previews/${message_id}/${name}`;
    return { ...preview, image: { ...image, url } };
  });
}

/** Returns the address on the web behind a name in a message's previews; null if there is none. */
export function pictureBehind(
  app: App,
  message_id: string,
  { previews, name }: { previews: readonly Embed[]; name: string },
): string | null {
  const given = Buffer.from(name.replace(/\.[a-z]{3,4}$/, ''));
  for (const { image } of previews) {
    if (!image) continue;
    const wanted = Buffer.from(secretOf(app, message_id, image.url));
    if (wanted.length === given.length && timingSafeEqual(wanted, given)) return image.url;
  }
  return null;
}

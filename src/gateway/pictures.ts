// Pictures: what sessions are shown of a thing, the same for all who may see it, written once and kept.

/*
  A picture is no permission. Whether a reader may see the thing is asked each time; only how the thing
  looks is kept. Whoever changes what a picture shows calls `change` on its table in the same turn.
 */

import type { App } from '../app.ts';
import { cacheName, type CacheName } from '../lib/row-cache.ts';

/** Something kept; `bytes` is about what it takes. */
export interface Picture {
  readonly bytes: number;
}

/** More pictures of one kind are not kept, however small they are. */
const maxPictures = 100_000;

/** Names a kind of pictures, of which at most `max_bytes` are kept. */
export function picturesOf<P extends Picture | null>(max_bytes: number): CacheName<P> {
  return cacheName<P>(maxPictures, { max: max_bytes, of: (picture) => picture?.bytes ?? 0 });
}

/** Returns the picture of a thing, drawn from its rows if it is not kept. In tests, also compares both. */
export function pictureOf<P extends Picture | null>(
  { cache, strict }: Pick<App, 'cache' | 'strict'>,
  kind: CacheName<P>,
  id: string,
  draw: () => P,
): P {
  const picture = cache.table(kind).get(id, draw);
  if (strict && !Bun.deepEquals(picture, draw())) {
    throw new Error(`the picture of ${id} is not what its rows say`);
  }
  return picture;
}

/** Forgets the picture of a thing that the running turn changes. */
export function changesPicture<P extends Picture | null>(
  { cache }: Pick<App, 'cache'>,
  kind: CacheName<P>,
  id: string,
): void {
  cache.table(kind).change(id);
}

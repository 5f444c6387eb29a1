// Avatars, banners and icons: from a data URI to a file and the value of a column, and away again.
import { randomBytes } from 'node:crypto';
import type { App } from '../../../app.ts';
import type { Tx } from '../../../db/open.ts';
import { ApiError } from '../../../errors.ts';
import { DataUriFailure, parseImageDataUri } from '../../../lib/data-uri.ts';
import {
  ImageFailure,
  prepareImage,
  type ImageType,
  type PreparedImage,
} from '../../../lib/images.ts';
import { readSettings } from '../settings/queries.ts';
import { removeLater } from './removals.ts';

/** The endings of image files, as they stand in paths and in rows. */
export const extensionOf: Record<ImageType, string> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/webp': 'webp',
};

/** Where images of an owner lie, below the file store and below `/cdn` alike. */
export type ImageFolder = `${'avatars' | 'banners' | 'icons'}/${string}`;

/** What becomes of a column: a new address, null for none, undefined to leave it. */
export type ImageChange = string | null | undefined;

/** Reads, decodes and bounds an image; throws an `ApiError` that says what is wrong with it. */
export async function readImage(
  uri: string,
  limit_bytes: number,
  wanted: { still: boolean },
): Promise<PreparedImage> {
  try {
    return await prepareImage(parseImageDataUri(uri, limit_bytes).bytes, wanted);
  } catch (error) {
    if (error instanceof DataUriFailure) {
      const isTooLarge = error.reason === 'too_large';
      throw new ApiError(isTooLarge ? 'payload_too_large' : 'invalid_request', error.message);
    }
    if (!(error instanceof ImageFailure)) throw error;
    if (error.reason !== 'too_busy') throw new ApiError('invalid_request', error.message);
    throw new ApiError('overloaded', error.message, { retryAfter_s: 1 });
  }
}

/** What a JSON body holds beside its images. */
const room_bytes = 16_384;

/**
 * How large a JSON body may be that carries so many images, by the settings of the moment. Never
 * less than others, so that a large file that is no image is told so, also as an emoji.
 */
export function imagesBody(
  count: number,
  limit: 'max_avatar_size' | 'max_emoji_size' = 'max_avatar_size',
) {
  return ({ db }: App) => {
    const settings = readSettings(db);
    const images_bytes = Math.max(settings[limit] * count, settings.max_avatar_size);
    return Math.ceil((images_bytes * 4) / 3) + room_bytes;
  };
}

/**
 * Stores the images that a body brings, each in its folder; all or none. Of what the body leaves
 * out or clears it answers just that.
 */
export async function storeImages<K extends string>(
  app: App,
  given: Partial<Record<NoInfer<K>, ImageChange>>,
  folders: Record<K, ImageFolder>,
): Promise<Partial<Record<K, string | null>>> {
  const stored: Partial<Record<K, string | null>> = {};
  try {
    for (const key in folders) {
      const uri = given[key];
      if (uri === undefined) continue;
      stored[key] = uri === null || uri === '' ? null : await storeImage(app, uri, folders[key]);
    }
    return stored;
  } catch (error) {
    await discardImages(app, stored);
    throw error;
  }
}

async function storeImage(app: App, uri: string, folder: ImageFolder): Promise<string> {
  const limit_bytes = readSettings(app.db).max_avatar_size;
  const { bytes, type } = await readImage(uri, limit_bytes, { still: false });
  const path = `${folder}/${nameOf(bytes)}.${extensionOf[type]}`;
  await app.files.put(bytes, path);
  return `/cdn/${path}`;
}

/** Half of it says what the image is, the other half makes it a name that was never used before. */
function nameOf(bytes: Uint8Array): string {
  const content = new Bun.CryptoHasher('sha256').update(bytes).digest('hex').slice(0, 16);
  return content + randomBytes(8).toString('hex');
}

/** Removes what was stored for a turn that did not happen. */
export async function discardImages(
  app: App,
  stored: Readonly<Record<string, ImageChange>>,
): Promise<void> {
  for (const address of Object.values(stored)) {
    const path = address && imagePath(address);
    if (path) await app.files.remove(path);
  }
}

/**
 * The changes of columns that hold images. Files that nobody needs after this turn are noted for
 * removal: the old ones, or, where the same image came again, the new one.
 */
export function swapImages<K extends string>(
  tx: Tx,
  before: Readonly<Record<NoInfer<K>, string | null>>,
  wanted: Readonly<Partial<Record<K, ImageChange>>>,
): Partial<Record<K, string | null>> {
  const changes: Partial<Record<K, string | null>> = {};
  for (const key in wanted) {
    const old = before[key];
    const wish = wanted[key];
    if (wish === undefined) continue;
    const isSame = wish !== null && old !== null && contentOf(wish) === contentOf(old);
    removeImage(tx, isSame ? wish : old);
    if (!isSame) changes[key] = wish;
  }
  return changes;
}

/** Notes the file behind an address for removal. */
export function removeImage(tx: Tx, address: string | null): void {
  const path = address === null ? null : imagePath(address);
  if (path !== null) removeLater(tx, path);
}

const pattern = /^\/cdn\/((?:avatars|banners|icons)\/\d+(?:_\d+)?\/([0-9a-f]{32})\.[a-z]{3,4})$/;

/** The file behind an address that `storeImages` has made. */
export function imagePath(address: string): string | null {
  return pattern.exec(address)?.[1] ?? null;
}

function contentOf(address: string): string | undefined {
  return pattern.exec(address)?.[2]?.slice(0, 16);
}

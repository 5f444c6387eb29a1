// Avatars, banners and icons: from a data URI to a file and a column, and their removal.
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

/** The extensions of image files, as in paths and rows. */
export const extensionOf: Record<ImageType, string> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/webp': 'webp',
};

/** The folder of an owner's images, in the file store and under `/cdn`. */
export type ImageFolder = `${'avatars' | 'banners' | 'icons'}/${string}`;

/** The change of an image column: a new address, null to clear it, undefined to leave it. */
export type ImageChange = string | null | undefined;

/** Decodes and checks an image from a data URI; throws an `ApiError` if it is bad or too large. */
export async function readImage(
  uri: string,
  limit_bytes: number,
  wanted: { still: boolean },
): Promise<PreparedImage> {
  try {
    return await prepareImage((await parseImageDataUri(uri, limit_bytes)).bytes, wanted);
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

/** Room for the rest of a JSON body beside its images. */
const room_bytes = 16_384;

/**
 * Returns the maximum size of a JSON body with `count` images, by current settings. Never less than
 * for an avatar, so that a large file that is not an image gets that error, also as an emoji.
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

/** Images that are stored for a turn, which has to count their bytes. */
export interface StoredImages<K extends string> {
  /** Their addresses, null for an image that the body clears, and no key for one that it leaves out. */
  readonly images: Partial<Record<K, string | null>>;
  readonly bytes: number;
}

/** Stores the images of a body, each in its folder; all or none. */
export async function storeImages<K extends string>(
  app: App,
  given: Partial<Record<NoInfer<K>, ImageChange>>,
  folders: Record<K, ImageFolder>,
): Promise<StoredImages<K>> {
  const images: Partial<Record<K, string | null>> = {};
  let bytes = 0;
  try {
    for (const key in folders) {
      const uri = given[key];
      if (uri === undefined) continue;
      const stored = uri === null || uri === '' ? null : await storeImage(app, uri, folders[key]);
      images[key] = stored?.address ?? null;
      bytes += stored?.size ?? 0;
    }
    return { images, bytes };
  } catch (error) {
    await discardImages(app, { images });
    throw error;
  }
}

async function storeImage(app: App, uri: string, folder: ImageFolder) {
  const limit_bytes = readSettings(app.db).max_avatar_size;
  const { bytes, type } = await readImage(uri, limit_bytes, { still: false });
  const path = `${folder}/${nameOf(bytes)}.${extensionOf[type]}`;
  await app.files.put(bytes, path);
  return { address: `/cdn/${path}`, size: bytes.length };
}

/** Returns 16 hex digits of the content's hash and 16 random ones: no name is used twice. */
function nameOf(bytes: Uint8Array): string {
  const content = new Bun.CryptoHasher('sha256').update(bytes).digest('hex').slice(0, 16);
  return content + randomBytes(8).toString('hex');
}

/** Removes images that were stored for a turn that failed. */
export async function discardImages(
  app: App,
  { images }: { readonly images: Readonly<Record<string, ImageChange>> },
): Promise<void> {
  for (const address of Object.values(images)) {
    const path = address && imagePath(address);
    if (path) await app.files.remove(path);
  }
}

/**
 * Returns the changes of image columns. Queues files that are not needed any more for removal: the
 * old one, or the new one if it is the same image.
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

/** Queues the file behind an address for removal. */
export function removeImage(tx: Tx, address: string | null): void {
  const path = address === null ? null : imagePath(address);
  if (path !== null) removeLater(tx, path);
}

const pattern = /^\/cdn\/((?:avatars|banners|icons)\/\d+(?:_\d+)?\/([0-9a-f]{32})\.[a-z]{3,4})$/;

/** Returns the path of the file behind an address from `storeImages`; null for other addresses. */
export function imagePath(address: string): string | null {
  return pattern.exec(address)?.[1] ?? null;
}

function contentOf(address: string): string | undefined {
  return pattern.exec(address)?.[2]?.slice(0, 16);
}

// Reads images that are sent inside JSON, as `data:<type>;base64,<data>`.
import { imageTypeOf, type ImageType } from './images.ts';

export type DataUriFailureReason =
  | 'not_a_data_uri'
  | 'wrong_type'
  | 'bad_base64'
  | 'too_large'
  | 'wrong_content';

export class DataUriFailure extends Error {
  constructor(
    readonly reason: DataUriFailureReason,
    message: string,
  ) {
    super(message);
  }
}

export type DataUriImage = { type: ImageType; bytes: Uint8Array };

const acceptedTypes: readonly ImageType[] = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

const marker = ';base64,';

/** Characters that are read at a time, so that megabytes of blanks hold nobody up. */
const slice_characters = 64 * 1024;

/**
 * Reads the image; throws a `DataUriFailure`. Ignores padding, spaces and line breaks. Checks the
 * size before the content, so that anything too large is reported as too large. Returns the type
 * found in the bytes, since the Godot client declares the type by the file's name.
 */
export async function parseImageDataUri(uri: string, maxBytes: number): Promise<DataUriImage> {
  const start = uri.indexOf(marker);
  if (!uri.startsWith('data:') || start === -1) {
    throw new DataUriFailure('not_a_data_uri', 'An image must be given as data:<type>;base64,….');
  }
  const declared = uri.slice('data:'.length, start);
  if (!acceptedTypes.some((accepted) => accepted === declared)) {
    throw new DataUriFailure('wrong_type', `An image must be one of ${acceptedTypes.join(', ')}.`);
  }
  const bytes = decode(await digitsOf(uri, start + marker.length, maxBytes));
  const type = imageTypeOf(bytes);
  if (type === undefined) {
    throw new DataUriFailure('wrong_content', 'The data is no PNG, JPEG, GIF or WebP.');
  }
  return { type, bytes };
}

/** Returns the digits from `start` on; stops above `maxBytes`. */
async function digitsOf(uri: string, start: number, maxBytes: number): Promise<string> {
  const slices: string[] = [];
  let length = 0;
  for (let at = start; at < uri.length; at += slice_characters) {
    if (at > start) await new Promise<void>((resolve) => setImmediate(resolve));
    const digits = uri.slice(at, at + slice_characters).replace(/[= \t\r\n]+/g, '');
    if (!/^[A-Za-z0-9+/]*$/.test(digits)) throw badBase64();
    slices.push(digits);
    length += digits.length;
    if (bytesIn(length) > maxBytes) throw tooLarge(maxBytes);
  }
  return slices.join('');
}

function decode(digits: string): Uint8Array {
  // Four digits are three bytes; one digit left over is less than a byte.
  if (digits.length % 4 === 1) throw badBase64();
  return Buffer.from(digits, 'base64');
}

const bytesIn = (digits: number) => Math.floor((digits * 3) / 4);

function badBase64(): DataUriFailure {
  return new DataUriFailure('bad_base64', 'The data of the image is not valid base64.');
}

function tooLarge(maxBytes: number): DataUriFailure {
  return new DataUriFailure('too_large', `The image is larger than ${maxBytes} bytes.`);
}

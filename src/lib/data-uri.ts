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

/**
 * Reads the image; throws a `DataUriFailure`. Ignores padding, spaces and line breaks. Checks the
 * size before the content, so that anything too large is reported as too large. Returns the type
 * found in the bytes, since the Godot client declares the type by the file's name.
 */
export function parseImageDataUri(uri: string, maxBytes: number): DataUriImage {
  const start = uri.indexOf(marker);
  if (!uri.startsWith('data:') || start === -1) {
    throw new DataUriFailure('not_a_data_uri', 'An image must be given as data:<type>;base64,….');
  }
  const declared = uri.slice('data:'.length, start);
  if (!acceptedTypes.some((accepted) => accepted === declared)) {
    throw new DataUriFailure('wrong_type', `An image must be one of ${acceptedTypes.join(', ')}.`);
  }
  const bytes = decode(uri.slice(start + marker.length).replace(/[= \t\r\n]+/g, ''), maxBytes);
  const type = imageTypeOf(bytes);
  if (type === undefined) {
    throw new DataUriFailure('wrong_content', 'The data is no PNG, JPEG, GIF or WebP.');
  }
  return { type, bytes };
}

function decode(digits: string, maxBytes: number): Uint8Array {
  // Four digits are three bytes; one digit left over is less than a byte.
  if (digits.length % 4 === 1 || !/^[A-Za-z0-9+/]*$/.test(digits)) {
    throw new DataUriFailure('bad_base64', 'The data of the image is not valid base64.');
  }
  if (Math.floor((digits.length * 3) / 4) > maxBytes) {
    throw new DataUriFailure('too_large', `The image is larger than ${maxBytes} bytes.`);
  }
  return Buffer.from(digits, 'base64');
}

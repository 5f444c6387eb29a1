// Uploaded images: finds their type and size, decodes them, and takes out what they tell.
import { createGate, Overloaded } from './concurrency.ts';
import { cleanBytes, cleanFile } from './photo/clean.ts';
import { TooManyParts } from './photo/edits.ts';

export type ImageType = 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp';

const failures = {
  not_an_image: 'The data cannot be read as an image.',
  too_many_pixels: 'The image has more than 16 million pixels.',
  too_many_chunks: 'The file of the image consists of too many parts.',
  too_busy: 'Too many images are being read; try again in a moment.',
};

export class ImageFailure extends Error {
  constructor(readonly reason: keyof typeof failures) {
    super(failures[reason]);
  }
}

/** All null if the file is no image that we can read. The size respects the EXIF orientation. */
export type ImageMetadata = { width: number | null; height: number | null; type: string | null };

export type PreparedImage = {
  type: ImageType;
  /**
   * The image to store: without its metadata, and not encoded again. A JPEG that lies on its side is
   * turned, for which it has to be encoded: not all clients turn it.
   */
  bytes: Uint8Array;
  width: number;
  height: number;
  animated: boolean;
  /** A small PNG of the first frame; undefined if not asked for or if the image is a PNG. */
  still: Uint8Array | undefined;
};

/** 16 Mpx, which take 64 MiB of memory; a PNG of 250 KB can have 256 Mpx, which take 1 GB. */
export const maxPixels = 4096 * 4096;

/** Chunks of real images hold kilobytes or a frame; millions of empty ones would take time. */
export const maxChunks = 10_000;

/** Maximum side of a still, in pixels. Emojis are shown smaller; it must not outweigh its GIF. */
const stillSide = 256;

const jpegQuality = 85;

/** One decode at a time in this process, to limit its memory. */
const decoding = createGate(1, 32);

/** Bytes that contain the dimensions of nearly every image. */
const headBytes = 512 * 1024;

/** Largest file to read whole: a depth camera's JPEG has megabytes before its dimensions. */
const wholeBytes = 32 * 1024 * 1024;

/** Returns the type of image by its first bytes; undefined if it is none of ours. */
export function imageTypeOf(bytes: Uint8Array): ImageType | undefined {
  const head = textAt(bytes, 0, 12);
  if (head.startsWith('\x89PNG\r\n\x1A\n')) return 'image/png';
  if (head.startsWith('\xFF\xD8\xFF')) return 'image/jpeg';
  if (/^GIF8[79]a/.test(head)) return 'image/gif';
  if (/^RIFF.{4}WEBP/s.test(head)) return 'image/webp';
  return undefined;
}

/** Reads width, height and type without decoding; nulls, not an error, for a bad image. */
export async function readImageMetadata(file: Blob): Promise<ImageMetadata> {
  try {
    return await readMetadata(file.slice(0, headBytes)).catch((error: unknown) => {
      const isCut = file.size > headBytes && file.size <= wholeBytes;
      if (!isCut || codeOf(error) !== 'ERR_IMAGE_DECODE_FAILED') throw error;
      return decoding(() => readMetadata(file));
    });
  } catch (error) {
    if (failureOf(error) instanceof ImageFailure) return { width: null, height: null, type: null };
    throw error;
  }
}

/**
 * Takes out of a file, if it is an image, what says where and when it was made; returns its size.
 * The file is then smaller, and nothing in it is encoded again. Throws an `ImageFailure`.
 */
export async function cleanImage(path: string): Promise<number> {
  try {
    return await cleanFile(path);
  } catch (error) {
    throw failureOf(error);
  }
}

/** Tells whether an image has more than one frame; throws an `ImageFailure` for a broken PNG. */
export function isAnimated(bytes: Uint8Array): boolean {
  const type = imageTypeOf(bytes);
  if (type === 'image/gif') return hasTwoGifFrames(bytes);
  if (type === 'image/png') return hasTwoPngFrames(bytes);
  const isExtended = type === 'image/webp' && textAt(bytes, 12, 4) === 'VP8X';
  return isExtended && (byteAt(bytes, 20) & 0x02) !== 0;
}

/** Decodes an avatar, icon, banner or emoji, to prove it valid; throws an `ImageFailure`. */
export async function prepareImage(
  bytes: Uint8Array,
  wanted: { still: boolean },
): Promise<PreparedImage> {
  const type = imageTypeOf(bytes);
  if (type === undefined) throw new ImageFailure('not_an_image');
  try {
    const animated = isAnimated(bytes);
    return await decoding(async () => {
      const { width, height } = canvasOf(bytes, await open(bytes).metadata());
      if (width * height > maxPixels) throw new ImageFailure('too_many_pixels');
      const frame = type === 'image/webp' && animated ? firstWebpFrame(bytes) : bytes;
      const still = wanted.still && type !== 'image/png' ? await encodeStill(frame) : undefined;
      // Resizing to one pixel decodes the whole frame and encodes nearly nothing.
      if (still === undefined) await open(frame).resize(1, 1, { filter: 'nearest' }).png().bytes();
      refuseCrumbs(bytes, type);
      const clean = await cleanBytes(bytes);
      const isTurned = type === 'image/jpeg' && clean.orientation !== 1;
      const kept = isTurned
        ? await open(bytes).jpeg({ quality: jpegQuality }).bytes()
        : clean.bytes;
      return { type, bytes: kept, width, height, animated, still };
    });
  } catch (error) {
    throw failureOf(error);
  }
}

function open(bytes: Uint8Array): Bun.Image {
  return new Bun.Image(bytes, { maxPixels: maxPixels });
}

async function readMetadata(file: Blob): Promise<ImageMetadata> {
  const bytes = await file.bytes();
  const { width, height, format } = await new Bun.Image(bytes).metadata();
  return { ...canvasOf(bytes, { width, height }), type: `image/${format}` };
}

/** Returns the whole image's size: for a GIF, Bun gives the first frame's, which may be smaller. */
function canvasOf(bytes: Uint8Array, frame: { width: number; height: number }) {
  if (imageTypeOf(bytes) !== 'image/gif') return frame;
  const width = Math.max(frame.width, byteAt(bytes, 6) + 256 * byteAt(bytes, 7));
  return { width, height: Math.max(frame.height, byteAt(bytes, 8) + 256 * byteAt(bytes, 9)) };
}

function encodeStill(frame: Uint8Array): Promise<Uint8Array> {
  const size = { fit: 'inside', withoutEnlargement: true } as const;
  return open(frame).resize(stillSide, stillSide, size).png().bytes();
}

/** Throws if a PNG or WebP consists of more chunks than any program makes. */
function refuseCrumbs(bytes: Uint8Array, type: ImageType): void {
  if (type === 'image/png') Array.from(pngChunks(bytes));
  if (type === 'image/webp') Array.from(riffChunks(bytes, 12, webpEnd(bytes)));
}

/** Returns the first frame as its own image, since Bun.Image cannot decode animated WebP. */
function firstWebpFrame(bytes: Uint8Array): Uint8Array {
  const found = riffChunks(bytes, 12, webpEnd(bytes)).find(({ name }) => name === 'ANMF');
  if (found === undefined) throw new ImageFailure('not_an_image');
  const frame = bytes.subarray(found.start + 8, found.end);
  const parts = Array.from(riffChunks(frame, 16, frame.length));
  const wholeOf = (part: Chunk) => frame.subarray(part.start, part.end);
  const pixels = parts.find(({ name }) => name === 'VP8 ' || name === 'VP8L');
  const alpha = parts.find(({ name }) => name === 'ALPH');
  if (pixels === undefined) throw new ImageFailure('not_an_image');
  if (alpha === undefined || pixels.name === 'VP8L') return webpOf([wholeOf(pixels)]);
  // Bytes 6 to 11 of a frame are its width and height in VP8X's format; 0x10 means alpha.
  const header = Buffer.from('VP8X\x0A\0\0\0\x10\0\0\0', 'latin1');
  return webpOf([header, frame.subarray(6, 12), wholeOf(alpha), wholeOf(pixels)]);
}

function webpOf(chunks: Uint8Array[]): Uint8Array {
  const file = Buffer.concat([Buffer.from('RIFF\0\0\0\0WEBP', 'latin1'), ...chunks]);
  file.writeUInt32LE(file.length - 8, 4);
  return file;
}

/** The position of a chunk; in both formats its data begins 8 bytes after `start`. */
type Chunk = { name: string; start: number; end: number };

function* pngChunks(bytes: Uint8Array): Generator<Chunk> {
  for (let start = 8, name = '', count = 1; name !== 'IEND'; count += 1) {
    if (count > maxChunks) throw new ImageFailure('too_many_chunks');
    const end = start + 12 + uint32At(bytes, start);
    if (end > bytes.length) throw new ImageFailure('not_an_image');
    name = chunkNameAt(bytes, start + 4);
    yield { name, start, end };
    start = end;
  }
}

function* riffChunks(bytes: Uint8Array, first: number, limit: number): Generator<Chunk> {
  for (let start = first, count = 1; start + 8 <= limit; count += 1) {
    if (count > maxChunks) throw new ImageFailure('too_many_chunks');
    const length = uint32At(bytes, start + 4, 'little');
    if (start + 8 + length > bytes.length) throw new ImageFailure('not_an_image');
    const end = start + 8 + length + (length % 2);
    yield { name: chunkNameAt(bytes, start), start, end };
    start = end;
  }
}

/** Returns the end of a WebP by its header; bytes added after it are not kept. */
function webpEnd(bytes: Uint8Array): number {
  return Math.min(bytes.length, 8 + uint32At(bytes, 4, 'little'));
}

function hasTwoPngFrames(bytes: Uint8Array): boolean {
  for (const { name, start, end } of pngChunks(bytes)) {
    if (name === 'acTL') return uint32At(bytes.subarray(start + 8, end - 4), 0) > 1;
    if (name === 'IDAT') break;
  }
  return false;
}

function hasTwoGifFrames(bytes: Uint8Array): boolean {
  let at = 13 + gifPaletteBytes(byteAt(bytes, 10));
  let frames = 0;
  while (frames < 2) {
    const isFrame = byteAt(bytes, at) === 0x2c;
    if (!isFrame && byteAt(bytes, at) !== 0x21) break;
    if (isFrame) frames += 1;
    const head = isFrame ? 11 + gifPaletteBytes(byteAt(bytes, at + 9)) : 2;
    at = afterGifBlocks(bytes, at + head);
  }
  return frames === 2;
}

function gifPaletteBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 << ((flags & 0x07) + 1);
}

function afterGifBlocks(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let size = byteAt(bytes, at); size !== 0; size = byteAt(bytes, at)) at += 1 + size;
  return at + 1;
}

/** Returns a byte; 0 after the end, which every reader above takes as the end. */
function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

// Without a buffer for each number or name, since a large file has thousands of chunks.
function uint32At(bytes: Uint8Array, at: number, order: 'big' | 'little' = 'big'): number {
  const [first, step] = order === 'big' ? [at, 1] : [at + 3, -1];
  let number = 0;
  for (let n = 0; n < 4; n += 1) number = number * 256 + byteAt(bytes, first + n * step);
  return number;
}

function chunkNameAt(bytes: Uint8Array, at: number): string {
  const of = (n: number) => byteAt(bytes, at + n);
  return String.fromCharCode(of(0), of(1), of(2), of(3));
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function failureOf(error: unknown): unknown {
  const code = codeOf(error);
  if (error instanceof TooManyParts) return new ImageFailure('too_many_chunks');
  if (error instanceof Overloaded) return new ImageFailure('too_busy');
  if (code === 'ERR_IMAGE_TOO_MANY_PIXELS') return new ImageFailure('too_many_pixels');
  return code.startsWith('ERR_IMAGE_') ? new ImageFailure('not_an_image') : error;
}

// Small real images, made here, and some that lie.
import { crc32, deflateSync } from 'node:zlib';

const latin = (text: string) => Buffer.from(text, 'latin1');

function chunk(name: string, data: Uint8Array): Buffer {
  const whole = Buffer.concat([Buffer.alloc(4), latin(name), data, Buffer.alloc(4)]);
  whole.writeUInt32BE(data.length, 0);
  whole.writeUInt32BE(crc32(whole.subarray(4, -4)), whole.length - 4);
  return whole;
}

/** Eight-bit grey; `shade` makes it another image, `extra` comes before the pixels. */
export function png(width: number, height: number, shade = 0, extra: Uint8Array[] = []): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  const row = Buffer.concat([Buffer.alloc(1), Buffer.alloc(width, shade)]);
  return Buffer.concat([
    latin('\x89PNG\r\n\x1A\n'),
    chunk('IHDR', header),
    ...extra,
    chunk('IDAT', deflateSync(Buffer.concat(Array.from({ length: height }, () => row)))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A PNG of two frames. */
export const animatedPng = () =>
  png(8, 4, 9, [chunk('acTL', Buffer.from([0, 0, 0, 2, 0, 0, 0, 0]))]);

/** So many empty chunks before the pixels, each of 12 bytes. */
export const crumbledPng = (chunks: number) =>
  png(
    3,
    3,
    9,
    Array.from({ length: chunks }, () => chunk('teSt', Buffer.alloc(0))),
  );

/** Two by two pixels. */
export function gif(frames: number): Buffer {
  const frame = '21f904000a0000002c0000000002000200000202845100';
  return Buffer.from(`47494638396102000200800000ff000000ff00${frame.repeat(frames)}3b`, 'hex');
}

export const jpeg = async (width = 30, height = 20) =>
  Buffer.from(await new Bun.Image(png(width, height, 200)).jpeg().bytes());

export const webp = async (width = 30, height = 20) =>
  Buffer.from(await new Bun.Image(png(width, height, 100)).webp().bytes());

function riffChunk(name: string, data: Uint8Array): Buffer {
  const whole = Buffer.concat([latin(name), Buffer.alloc(4), data, Buffer.alloc(data.length % 2)]);
  whole.writeUInt32LE(data.length, 4);
  return whole;
}

/** A WebP of two frames, each 30 by 20 pixels. */
export async function animatedWebp(): Promise<Buffer> {
  const still = await webp();
  // Offset, width and height less one, duration and flags, as three bytes each but the last.
  const place = Buffer.from([0, 0, 0, 0, 0, 0, 29, 0, 0, 19, 0, 0, 100, 0, 0, 0]);
  const frame = riffChunk('ANMF', Buffer.concat([place, still.subarray(12)]));
  const header = riffChunk('VP8X', Buffer.from([2, 0, 0, 0, 29, 0, 0, 19, 0, 0]));
  const control = riffChunk('ANIM', Buffer.alloc(6));
  return riffChunk('RIFF', Buffer.concat([latin('WEBP'), header, control, frame, frame]));
}

/** An image of exactly so many bytes, most of them behind its end. */
export const heavyPng = (bytes: number) => Buffer.concat([png(3, 3), Buffer.alloc(bytes)], bytes);

/** Says that it has 256 million pixels, in 250 KB. */
export const pixelBomb = () => png(16_000, 16_000);

export function dataUri(type: string, bytes: Uint8Array): string {
  return `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
}

// Real images, made here: what is recognised, refused, kept, and what is dropped from them.
import { describe, expect, test } from 'bun:test';
import { crc32, deflateSync } from 'node:zlib';
import {
  ImageFailure,
  imageTypeOf,
  isAnimated,
  maxChunks,
  maxPixels,
  prepareImage,
  readImageMetadata,
} from '../../src/lib/images.ts';

const latin = (text: string) => Buffer.from(text, 'latin1');

function pngChunk(name: string, data: Uint8Array): Buffer {
  const chunk = Buffer.concat([Buffer.alloc(4), latin(name), data, Buffer.alloc(4)]);
  chunk.writeUInt32BE(data.length, 0);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
  return chunk;
}

/** Eight-bit grey; `extra` comes before the pixels. */
function png(width: number, height: number, extra: Uint8Array[] = []): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  return Buffer.concat([
    latin('\x89PNG\r\n\x1A\n'),
    pngChunk('IHDR', header),
    ...extra,
    pngChunk('IDAT', deflateSync(Buffer.alloc((width + 1) * height))),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

const apng = (frames: number) =>
  png(8, 4, [pngChunk('acTL', Buffer.from([0, 0, 0, frames, 0, 0, 0, 0]))]);

/** Two by two pixels. */
function gif(frames: number, size = '02000200'): Buffer {
  const frame = '21f904000a0000002c0000000002000200000202845100';
  const palette = 'ff000000ff00';
  const comment = '21fe0341424300';
  return Buffer.from(
    `474946383961${size}800000${palette}${comment}${frame.repeat(frames)}3b`,
    'hex',
  );
}

function riffChunk(name: string, data: Uint8Array): Buffer {
  const chunk = Buffer.concat([latin(name), Buffer.alloc(4), data, Buffer.alloc(data.length % 2)]);
  chunk.writeUInt32LE(data.length, 4);
  return chunk;
}

const webpOf = (...chunks: Uint8Array[]) =>
  riffChunk('RIFF', Buffer.concat([latin('WEBP'), ...chunks]));
const uint24 = (number: number) => Buffer.from([number & 255, (number >> 8) & 255, number >> 16]);

const extended = (flags: number, width: number, height: number) =>
  riffChunk(
    'VP8X',
    Buffer.concat([Buffer.from([flags, 0, 0, 0]), uint24(width - 1), uint24(height - 1)]),
  );

async function animatedWebp(options: { lossless?: boolean; quality?: number }, alpha?: Buffer) {
  const still = await new Bun.Image(png(21, 10)).webp(options).bytes();
  const size = [uint24(0), uint24(0), uint24(20), uint24(9), uint24(100), Buffer.alloc(1)];
  const pixels = alpha === undefined ? [still.subarray(12)] : [alpha, still.subarray(12)];
  const frame = riffChunk('ANMF', Buffer.concat([...size, ...pixels]));
  return webpOf(extended(0x02, 21, 10), riffChunk('ANIM', Buffer.alloc(6)), frame, frame);
}

/** A JPEG with an orientation, a secret, and so many useless segments of 65 KB before its size. */
function orientedJpeg(jpeg: Uint8Array, orientation: number, padding = 0): Buffer {
  const tiff = Buffer.from('4d4d002a00000008000101120003000000010000000000000000', 'hex');
  tiff.writeUInt16BE(orientation, 18);
  const segment = (marker: number, data: Buffer) => {
    const head = Buffer.from([0xff, marker, 0, 0]);
    head.writeUInt16BE(data.length + 2, 2);
    return Buffer.concat([head, data]);
  };
  const paddings = Array.from({ length: padding }, () => segment(0xef, Buffer.alloc(65_000)));
  const data = Buffer.concat([latin('Exif\0\0'), tiff, latin('SECRET POSITION')]);
  return Buffer.concat([jpeg.subarray(0, 2), segment(0xe1, data), ...paddings, jpeg.subarray(2)]);
}

const jpeg = await new Bun.Image(png(30, 20)).jpeg().bytes();
const webp = await new Bun.Image(png(30, 20)).webp().bytes();
const sizeOf = async (bytes: Uint8Array) => {
  const { width, height } = await new Bun.Image(bytes).metadata();
  return [width, height];
};

async function failure(bytes: Uint8Array): Promise<string> {
  try {
    await prepareImage(bytes, { still: true });
    return 'none';
  } catch (error) {
    return error instanceof ImageFailure ? error.reason : String(error);
  }
}

describe('the type of an image', () => {
  test('is what its first bytes say', () => {
    const types = [png(1, 1), jpeg, gif(1), webp].map(imageTypeOf);
    expect(types).toEqual(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
  });

  test('is nothing for anything else', () => {
    const others = ['', 'GIF', '<svg/>', 'RIFF....WAVE', '\x89PNG', 'BM'].map(latin);
    expect(others.map(imageTypeOf)).toEqual(others.map(() => undefined));
  });
});

describe('metadata', () => {
  test.each([
    ['png', png(30, 20)],
    ['jpeg', jpeg],
    ['webp', webp],
  ])('of a %s are its size and type', async (type, bytes) => {
    expect(await readImageMetadata(new Blob([bytes]))).toEqual({
      width: 30,
      height: 20,
      type: `image/${type}`,
    });
  });

  test('are those of the first frame when it moves', async () => {
    expect(await readImageMetadata(new Blob([gif(2)]))).toMatchObject({ width: 2, height: 2 });
    const moving = await animatedWebp({});
    expect(await readImageMetadata(new Blob([moving]))).toMatchObject({ width: 21, height: 10 });
  });

  test('are those of the whole when the first frame is a part of it', async () => {
    const file = new Blob([gif(2, '04000300')]);
    expect(await readImageMetadata(file)).toMatchObject({ width: 4, height: 3 });
  });

  test('honour the orientation', async () => {
    const turned = new Blob([orientedJpeg(jpeg, 6)]);
    expect(await readImageMetadata(turned)).toMatchObject({ width: 20, height: 30 });
  });

  test('are found behind a megabyte of other things', async () => {
    const file = new Blob([orientedJpeg(jpeg, 1, 20)]);
    expect(file.size).toBeGreaterThan(1_000_000);
    expect(await readImageMetadata(file)).toMatchObject({ width: 30, height: 20 });
  });

  test('of a large photograph are known although it would not be decoded', async () => {
    const file = new Blob([png(5000, 4000)]);
    expect(await readImageMetadata(file)).toMatchObject({ width: 5000, height: 4000 });
  });

  test.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['a program', '\x7FELF'.repeat(200_000)],
    ['half a head', png(1, 1).subarray(0, 20)],
    ['a photo cut short', Buffer.concat([jpeg.subarray(0, 4), Buffer.alloc(600_000)])],
  ])('are null for %s', async (_what, content) => {
    const nothing = { width: null, height: null, type: null };
    expect(await readImageMetadata(new Blob([content]))).toEqual(nothing);
  });
});

describe('an image', () => {
  test('is animated with more than one frame', async () => {
    expect([gif(1), gif(2), apng(1), apng(2), png(1, 1), jpeg, webp].map(isAnimated)).toEqual([
      false,
      true,
      false,
      true,
      false,
      false,
      false,
    ]);
    expect(isAnimated(await animatedWebp({}))).toBe(true);
  });

  test('that is damaged ends the search for frames', () => {
    for (let length = 0; length < gif(2).length - 20; length += 1) {
      expect(isAnimated(gif(2).subarray(0, length))).toBe(false);
    }
    expect(() => isAnimated(apng(2).subarray(0, 30))).toThrow(ImageFailure);
  });

  test('is kept with its size, type and animation', async () => {
    const bytes = Buffer.from(gif(2).toString('hex').replace('21fe0341424300', ''), 'hex');
    expect(await prepareImage(bytes, { still: false })).toEqual({
      type: 'image/gif',
      bytes,
      width: 2,
      height: 2,
      animated: true,
      still: undefined,
    });
    const kept = await prepareImage(png(30, 20), { still: false });
    expect(kept).toMatchObject({ type: 'image/png', width: 30, height: 20, animated: false });
    expect(kept.bytes).toEqual(png(30, 20));
  });

  test('that is a JPEG is upright and tells no position', async () => {
    const kept = await prepareImage(orientedJpeg(jpeg, 6), { still: false });
    expect(kept).toMatchObject({ type: 'image/jpeg', width: 20, height: 30 });
    expect(await sizeOf(kept.bytes)).toEqual([20, 30]);
    expect(Buffer.from(kept.bytes).includes('SECRET')).toBe(false);
    expect(Buffer.from(kept.bytes).includes('Exif')).toBe(false);
  });

  test('that is an upright JPEG is not encoded again', async () => {
    const kept = await prepareImage(orientedJpeg(jpeg, 1), { still: false });
    expect(Buffer.compare(kept.bytes, jpeg)).toBe(0);
  });

  test('that is a PNG loses its texts and position and keeps its frames', async () => {
    const secret = ['eXIf', 'tEXt', 'iTXt', 'zTXt', 'tIME'].map((name) =>
      pngChunk(name, latin('SECRET\0\0\0')),
    );
    const control = pngChunk('acTL', Buffer.from([0, 0, 0, 2, 0, 0, 0, 0]));
    const bytes = Buffer.concat([png(8, 4, [...secret, control]), latin('SECRET BEHIND')]);
    const kept = await prepareImage(bytes, { still: false });
    expect(kept.animated).toBe(true);
    expect(kept.bytes).toEqual(png(8, 4, [control]));
  });

  test('that is a WebP loses its position and keeps its frames', async () => {
    const moving = await animatedWebp({ lossless: true });
    const body = moving.subarray(30);
    const secret = [riffChunk('EXIF', latin('SECRET!')), riffChunk('XMP ', latin('SECRET'))];
    const bytes = webpOf(extended(0x0e, 21, 10), body, ...secret);
    const kept = await prepareImage(Buffer.concat([bytes, latin('SECRET')]), { still: false });
    expect(Buffer.compare(kept.bytes, moving)).toBe(0);
    expect(await sizeOf((await prepareImage(webp, { still: false })).bytes)).toEqual([30, 20]);
  });

  test('gets a small PNG still unless it is a PNG', async () => {
    const large = await new Bun.Image(png(1200, 600)).webp().bytes();
    for (const [bytes, size] of [
      [gif(2), [2, 2]],
      [orientedJpeg(jpeg, 6), [20, 30]],
      [large, [256, 128]],
      [await animatedWebp({ lossless: true }), [21, 10]],
      [await animatedWebp({ quality: 50 }), [21, 10]],
    ] as const) {
      const { still } = await prepareImage(bytes, { still: true });
      expect(imageTypeOf(still ?? bytes)).toBe('image/png');
      expect(await sizeOf(still ?? bytes)).toEqual([...size]);
    }
    expect((await prepareImage(apng(2), { still: true })).still).toBeUndefined();
  });

  test('that is an animated WebP with transparency gets a transparent still', async () => {
    // Uncompressed alpha, all of it transparent.
    const alpha = riffChunk('ALPH', Buffer.alloc(1 + 21 * 10));
    const { still } = await prepareImage(await animatedWebp({ quality: 50 }, alpha), {
      still: true,
    });
    // Colour type 6 is with alpha.
    expect(still?.[25]).toBe(6);
  });

  test('that cannot be decoded is refused', async () => {
    const moving = await animatedWebp({});
    const damaged = [
      latin(''),
      latin('hello'),
      png(8, 4).subarray(0, 50),
      Buffer.concat([
        png(8, 4).subarray(0, 33),
        pngChunk('IDAT', latin('no')),
        pngChunk('IEND', latin('')),
      ]),
      gif(2).subarray(0, 20),
      gif(0),
      webp.subarray(0, 40),
      moving.subarray(0, 44),
      webpOf(extended(0x02, 8, 8)),
      webpOf(extended(0x02, 8, 8), riffChunk('ANMF', Buffer.alloc(16))),
      Buffer.concat([jpeg.subarray(0, 20), Buffer.alloc(100)]),
    ];
    for (const bytes of damaged) expect(await failure(bytes)).toBe('not_an_image');
  });

  test('with more pixels than 16 million is refused before it is decoded', async () => {
    expect(maxPixels).toBe(4096 * 4096);
    expect(await failure(png(4096, 4097))).toBe('too_many_pixels');
    expect(await failure(gif(2, 'ffffffff'))).toBe('too_many_pixels');
    const moving = await animatedWebp({});
    const wide = webpOf(extended(0x02, 16_000, 16_000), moving.subarray(30));
    expect(await failure(wide)).toBe('too_many_pixels');
    expect(await failure(png(4096, 4096))).toBe('none');
  });

  test('of more chunks than any encoder makes is refused, wherever they are', async () => {
    const empty = (n: number) => Array.from({ length: n }, () => pngChunk('teSt', latin('')));
    const crumbs = (n: number) => Array.from({ length: n }, () => riffChunk('teSt', latin('')));
    const pngBehind = (n: number) =>
      Buffer.concat([png(8, 4).subarray(0, -12), ...empty(n), pngChunk('IEND', latin(''))]);
    const webpBehind = (n: number) => webpOf(webp.subarray(12), ...crumbs(n));
    // Of the PNG its own three chunks count as well, of the WebP one.
    expect(await failure(png(8, 4, empty(maxChunks - 3)))).toBe('none');
    expect(await failure(png(8, 4, empty(maxChunks)))).toBe('too_many_chunks');
    expect(await failure(pngBehind(maxChunks - 3))).toBe('none');
    expect(await failure(pngBehind(maxChunks - 2))).toBe('too_many_chunks');
    expect(await failure(webpBehind(maxChunks - 1))).toBe('none');
    expect(await failure(webpBehind(maxChunks))).toBe('too_many_chunks');
    const moving = await animatedWebp({});
    const head = moving.subarray(12, 30);
    expect(await failure(webpOf(head, ...crumbs(maxChunks), moving.subarray(30)))).toBe(
      'too_many_chunks',
    );
    const size = [uint24(0), uint24(0), uint24(20), uint24(9), uint24(100), Buffer.alloc(1)];
    const frame = riffChunk('ANMF', Buffer.concat([...size, ...crumbs(maxChunks + 1)]));
    expect(await failure(webpOf(head, frame))).toBe('too_many_chunks');
  });

  test('that unpacks to far more than its pixels is refused', async () => {
    const profile = Buffer.concat([latin('icc\0\0'), deflateSync(Buffer.alloc(200_000_000))]);
    expect(await failure(png(8, 4, [pngChunk('iCCP', profile)]))).toBe('not_an_image');
  });
});

test('images wait for each other, and too many at once are refused', async () => {
  const bytes = png(300, 300);
  const all = Array.from({ length: 50 }, () => failure(bytes));
  const outcomes = await Promise.all(all);
  expect(outcomes.filter((outcome) => outcome === 'none')).toHaveLength(33);
  expect(outcomes.filter((outcome) => outcome === 'too_busy')).toHaveLength(17);
});

// What images tell beside their picture goes; the picture stays as it was, byte for byte.
import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { cleanBytes, cleanFile } from '../../src/lib/photo/clean.ts';
import { TooManyParts } from '../../src/lib/photo/edits.ts';
import { Folder } from '../support/folder.ts';
import {
  box,
  photoGif,
  photoHeif,
  photoJpeg,
  photoPng,
  photoWebp,
  pngChunk,
  secret,
  segment,
} from '../support/photos.ts';
import { animatedPng, animatedWebp, gif, jpeg, png, webp } from '../support/pictures.ts';
import { filesBelow } from '../support/stored.ts';

const latin = (text: string) => Buffer.from(text, 'latin1');
const isSame = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;
const clean = async (bytes: Uint8Array) => Buffer.from((await cleanBytes(bytes)).bytes);

const failure = (bytes: Uint8Array) => cleanBytes(bytes).catch((error: unknown) => error);

const photos = {
  jpeg: await photoJpeg(),
  png: photoPng(),
  webp: await photoWebp(),
  gif: photoGif(),
};

describe('a photo', () => {
  test.each(Object.entries(photos))('that is a %s is the same picture alone', async (_, it) => {
    expect(it.photo.includes(secret)).toBe(true);
    const kept = await clean(it.photo);
    expect(kept.includes(secret)).toBe(false);
    expect(isSame(kept, it.bare)).toBe(true);
    // Nothing is left to take out.
    expect(isSame(await clean(kept), kept)).toBe(true);
  });

  test.each(['heic', 'avif', 'avis'] as const)(
    'that is a %s keeps every byte in its place',
    async (brand) => {
      const photo = photoHeif(brand);
      const kept = await clean(photo);
      expect(kept.includes(secret)).toBe(false);
      expect(kept.length).toBe(photo.length);
      for (const part of ['the pictu', 're itself']) {
        expect(kept.indexOf(part)).toBe(photo.indexOf(part));
      }
      // An empty Exif, which programs can read; the boxes that went are free space.
      expect(kept.includes(Buffer.from('000000004d4d002a000000080000', 'hex'))).toBe(true);
      expect(kept.toString('latin1').match(/free/g)).toHaveLength(3);
    },
  );

  test('of another kind of boxes is told by its first bytes', async () => {
    const signature = box('JXL ', Buffer.from('0d0a870a', 'hex'));
    const picture = box('jxlc', latin('picture'));
    const photo = Buffer.concat([
      signature,
      box('Exif', latin(secret)),
      picture,
      box('xml ', latin(secret)),
    ]);
    const kept = await clean(photo);
    expect([kept.includes(secret), kept.includes('picture')]).toEqual([false, true]);
    const film = Buffer.concat([
      box('ftyp', latin('isom\0\0\0\0mp42')),
      box('udta', latin(secret)),
    ]);
    expect(isSame(await clean(film), film)).toBe(true);
  });

  test.each([2, 3, 4, 5, 6, 7, 8])('that is to be turned (%d) still is', async (orientation) => {
    for (const { photo } of [
      await photoJpeg(orientation),
      photoPng(orientation),
      await photoWebp(orientation),
    ]) {
      const kept = await clean(photo);
      expect(kept.includes(secret)).toBe(false);
      expect((await cleanBytes(kept)).orientation).toBe(orientation);
      expect(isSame(await clean(kept), kept)).toBe(true);
      const { width, height } = await new Bun.Image(kept).metadata();
      expect([30, 20]).toContain(width);
      expect(width + height).toBe(50);
    }
    const { photo } = await photoJpeg(orientation);
    const { width } = await new Bun.Image(await clean(photo)).metadata();
    expect(width).toBe(orientation < 5 ? 30 : 20);
  });

  test('with more Exif than a JPEG can hold is turned all the same', async () => {
    for (const { photo } of [photoPng(6, 100_000), await photoWebp(6, 100_000)]) {
      const kept = await clean(photo);
      expect(kept.includes(secret)).toBe(false);
      expect(kept.length).toBeLessThan(1000);
      expect((await cleanBytes(kept)).orientation).toBe(6);
    }
  });

  test('with a thumbnail in its JFIF head loses that; profiles of colours stay', async () => {
    const bare = await jpeg();
    const jfif = (size: number, thumbnail: string) =>
      segment(
        0xe0,
        Buffer.concat([
          latin('JFIF\0\x01\x02\x01\0\x48\0\x48'),
          Buffer.from([size, size]),
          latin(thumbnail),
        ]),
      );
    const profile = segment(0xe2, latin('ICC_PROFILE\0\x01\x01a profile'));
    const adobe = segment(0xee, latin('Adobe\0\x64\0\0\0\0\x01'));
    const rest = bare.subarray(2 + 18);
    expect(bare.subarray(2, 4).toString('hex')).toBe('ffe0');
    const made = (first: Buffer) =>
      Buffer.concat([bare.subarray(0, 2), first, profile, adobe, rest]);
    expect(isSame(await clean(made(jfif(2, secret))), made(jfif(0, '')))).toBe(true);
  });

  test('without anything to tell is not touched', async () => {
    for (const bytes of [
      png(3, 3),
      animatedPng(),
      gif(2),
      await jpeg(),
      await webp(),
      await animatedWebp(),
    ]) {
      expect((await cleanBytes(bytes)).bytes).toBe(bytes);
    }
  });
});

describe('a broken image', () => {
  test('neither fails nor grows, wherever it is cut or changed', async () => {
    const whole = [...Object.values(photos).map(({ photo }) => photo), photoHeif('heic')];
    for (const photo of whole) {
      for (let length = 0; length < photo.length; length += 1) {
        expect((await clean(photo.subarray(0, length))).length).toBeLessThanOrEqual(length);
      }
      for (let at = 0; at < Math.min(photo.length, 400); at += 1) {
        for (const value of [0, 0xff, 0x7f]) {
          expect((await clean(photo.with(at, value))).length).toBeLessThanOrEqual(
            photo.length + 16,
          );
        }
      }
    }
  });

  test('that holds no picture is a file like any other', async () => {
    const others = [
      latin('\xFF\xD8\xFF and a text about it'),
      Buffer.concat([latin('\xFF\xD8'), segment(0xfe, latin('a comment')), latin('a text')]),
      latin('GIF89a is a format'),
      Buffer.concat([latin('\x89PNG\r\n\x1A\n'), pngChunk('tEXt', latin('no head'))]),
      latin('RIFF....WEBP and a text'),
      box('ftyp', latin('heic')).subarray(0, 11),
    ];
    for (const bytes of others) expect(isSame(await clean(bytes), bytes)).toBe(true);
  });

  test('tells no position even where its picture is missing', async () => {
    const { photo } = photos.jpeg;
    const head = segment(0xe1, Buffer.concat([latin('Exif\0\0'), latin(secret)]));
    expect((await clean(Buffer.concat([photo.subarray(0, 2), head]))).includes(secret)).toBe(false);
    const cut = photo.subarray(0, photo.indexOf(secret) + secret.length);
    expect((await clean(cut)).includes(secret)).toBe(false);
  });

  test('of which too much would have to be taken out in too many places is refused', async () => {
    const pair = Buffer.concat([pngChunk('tEXt', latin('')), pngChunk('IDAT', latin(''))]);
    const many = (count: number) =>
      png(
        3,
        3,
        9,
        Array.from({ length: count }, () => pair),
      );
    expect((await clean(many(10_000))).length).toBe(many(10_000).length - 10_000 * 12);
    expect(await failure(many(10_001))).toBeInstanceOf(TooManyParts);
    const large = Buffer.concat([box('ftyp', latin('heic')), box('meta', Buffer.alloc(600_000))]);
    expect(await failure(large)).toBeInstanceOf(TooManyParts);
    // Each box stands in the one before, 60,000 levels deep.
    const nested = Buffer.concat(
      Array.from({ length: 60_000 }, (_, level) => {
        const head = Buffer.from('\0\0\0\0trak', 'latin1');
        head.writeUInt32BE((60_000 - level) * 8);
        return head;
      }),
    );
    const deep = Buffer.concat([box('ftyp', latin('avis')), box('moov', nested)]);
    expect(await failure(deep)).toBeInstanceOf(TooManyParts);
  });
});

describe('an image of boxes', () => {
  const image = (...boxes: Buffer[]) =>
    Buffer.concat([box('ftyp', latin('heic\0\0\0\0mif1')), ...boxes]);
  const exif = box(
    'iinf',
    Buffer.alloc(5),
    Buffer.of(1),
    box('infe', Buffer.of(2, 0, 0, 0, 0, 1, 0, 0), latin('Exif\0')),
  );
  /** An index of items that all are Exif, each in so many stretches as two bytes can count. */
  const stretches = (items: number, sizes: number) => {
    const item = Buffer.of(0, 1, 0, 0, 0xff, 0xff);
    const all = Array.from({ length: items }, () => item);
    return box('iloc', Buffer.of(0, 0, 0, 0, sizes, 0, items >> 8, items & 255), ...all);
  };

  test('that names more stretches than bytes is read in the time that its bytes take', async () => {
    const hostile = image(box('meta', Buffer.alloc(4), exif, stretches(60_000, 0)));
    const before = performance.now();
    expect(isSame(await clean(hostile), hostile)).toBe(true);
    expect(performance.now() - before).toBeLessThan(1000);
  });

  test('that lies in too many stretches is refused', async () => {
    const hostile = image(box('meta', Buffer.alloc(4), exif, stretches(60_000, 0x04)));
    expect(await failure(hostile)).toBeInstanceOf(TooManyParts);
  });

  test('that holds boxes in boxes without an end is refused', async () => {
    const depth = 60_000;
    const nested = Buffer.alloc(depth * 8);
    for (let n = 0; n < depth; n += 1) {
      nested.writeUInt32BE((depth - n) * 8, n * 8);
      nested.write(n === 0 ? 'moov' : 'trak', n * 8 + 4, 'latin1');
    }
    expect(await failure(image(nested))).toBeInstanceOf(TooManyParts);
  });
});

test('others have their turn while a large image is looked through', async () => {
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  const { photo } = photos.jpeg;
  const hostile = Buffer.concat([photo.subarray(0, 2), Buffer.alloc(4 * 1024 * 1024, 0xff)]);
  setImmediate(count);
  await cleanBytes(hostile);
  isOver = true;
  expect(turns).toBeGreaterThan(20);
});

test('a file is changed in its place, whole, and nothing else is left', async () => {
  using folder = new Folder();
  for (const { photo, bare } of Object.values(photos)) {
    const path = join(folder.path, 'file');
    await Bun.write(path, photo);
    expect(await cleanFile(path)).toBe(bare.length);
    expect(isSame(await Bun.file(path).bytes(), bare)).toBe(true);
  }
  // Larger than what is looked at or copied at a time.
  const behind = Buffer.alloc(700_000, 5);
  const large = Buffer.concat([photos.jpeg.photo.subarray(0, -20), behind]);
  const path = join(folder.path, 'file');
  await Bun.write(path, large);
  const size = await cleanFile(path);
  expect(isSame(await Bun.file(path).bytes(), await clean(large))).toBe(true);
  expect(size).toBe(Bun.file(path).size);
  expect(await filesBelow(folder.path)).toEqual(['file']);
});

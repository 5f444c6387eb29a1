// Takes out of an image what says where, when and by what it was made, without encoding it again.
import { randomUUID } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { copyEdited, edited, type Cleaning } from './edits.ts';
import { cleaningOfGif } from './gif.ts';
import { cleaningOfHeif } from './heif.ts';
import { cleaningOfJpeg } from './jpeg.ts';
import { cleaningOfPng } from './png.ts';
import { cleaningOfWebp } from './webp.ts';
import { Window } from './window.ts';

/** Brands of images among the files that consist of boxes; the others are films and sounds. */
const brands =
  /^(avif|avis|heic|heix|heim|heis|hevc|hevx|hevm|hevs|mif1|mif2|msf1|miaf|jpeg|j2ki|vvic)$/;

type Reader = (file: Window) => Promise<Cleaning>;

/** Returns what reads an image that begins so; null for any other file. */
function readerOf(file: Window): Reader | null {
  const head = file.text(0, 12);
  if (head.startsWith('\xFF\xD8\xFF')) return cleaningOfJpeg;
  if (head.startsWith('\x89PNG\r\n\x1A\n')) return cleaningOfPng;
  if (/^GIF8[79]a/.test(head)) return cleaningOfGif;
  if (/^RIFF.{4}WEBP/s.test(head)) return cleaningOfWebp;
  const kind = head.slice(4, 8);
  if (kind === 'JXL ' || kind === 'jP  ') return cleaningOfHeif;
  if (kind !== 'ftyp') return null;
  // The main brand, a version, and those that it can be read as.
  const end = Math.min(file.uint32(0), 256);
  const named = [head.slice(8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) named.push(file.text(at, 4));
  return named.some((brand) => brands.test(brand)) ? cleaningOfHeif : null;
}

async function cleaningOf(file: Window): Promise<Cleaning> {
  await file.load(0, 256);
  return (await readerOf(file)?.(file)) ?? { edits: [], orientation: 1 };
}

/** Returns the image without what it tells; throws `TooManyParts` if it consists of nothing else. */
export async function cleanBytes(
  bytes: Uint8Array,
): Promise<{ bytes: Uint8Array; orientation: number }> {
  const { edits, orientation } = await cleaningOf(Window.over(bytes));
  return { bytes: edits.length === 0 ? bytes : edited(bytes, edits), orientation };
}

/**
 * Does the same to a file, which gets its new content by a rename; returns its size. Throws
 * `TooManyParts` as well; the file is then what it was.
 */
export async function cleanFile(path: string): Promise<number> {
  const { size } = await stat(path);
  const handle = await open(path, 'r');
  try {
    const window = new Window(size, async (at, length) => {
      const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - at)));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, at);
      return bytes.subarray(0, bytesRead);
    });
    const { edits } = await cleaningOf(window);
    if (edits.length === 0) return size;
    const beside = join(dirname(path), randomUUID());
    try {
      const written = await open(beside, 'wx', 0o600);
      try {
        await copyEdited(window, edits, written);
      } finally {
        await written.close();
      }
      await rename(beside, path);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
  } finally {
    await handle.close();
  }
  return (await stat(path)).size;
}

// Finds what a WebP tells beside its picture: Exif, XMP, unknown chunks, what follows its end.
import { Edits, sizeAfter, type Cleaning } from './edits.ts';
import { exifHead_bytes, minimalTiff, orientationIn } from './exif.ts';
import type { Window } from './window.ts';

const kept: ReadonlySet<string> = new Set(['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP']);

/** In the flags of an extended WebP: it has Exif, it has XMP. */
const flags = { exif: 0x08, xmp: 0x04 } as const;

export async function cleaningOfWebp(file: Window): Promise<Cleaning> {
  const edits = new Edits();
  if (!file.has(0, 12)) await file.load(0, 12);
  const stated = 8 + file.uint32LittleEndian(4);
  // Programs that cannot go back to the beginning leave it at 0.
  const limit = stated > 12 ? Math.min(file.size, stated) : file.size;
  let hasPicture = false;
  let orientation = 1;
  let extended: { at: number; flags: number } | null = null;
  let at = 12;
  while (at + 8 <= limit) {
    if (!file.has(at, 24)) await file.load(at, 24);
    const name = file.text(at, 4);
    hasPicture ||= ['VP8 ', 'VP8L', 'ANMF'].includes(name);
    const length = file.uint32LittleEndian(at + 4);
    const end = Math.min(at + 8 + length + (length % 2), file.size);
    if (name === 'VP8X' && extended === null) extended = { at: at + 8, flags: file.byte(at + 8) };
    if (name === 'EXIF' && extended !== null && orientation === 1) {
      const head = Math.min(length, exifHead_bytes);
      if (!file.has(at, 8 + head)) await file.load(at, 8 + head);
      orientation = orientationIn(file.bytes(at + 8, head));
      if (orientation === 1) edits.cut(at, end);
      else edits.replace(at, end, minimalChunk(orientation));
    } else if (!kept.has(name)) {
      edits.cut(at, end);
    }
    at = end;
  }
  if (!hasPicture) return { edits: [], orientation: 1 };
  edits.cut(Math.min(at, file.size), file.size);
  if (extended !== null) {
    const wanted =
      (extended.flags & ~flags.exif & ~flags.xmp) | (orientation === 1 ? 0 : flags.exif);
    if (wanted !== extended.flags) {
      edits.replace(extended.at, extended.at + 1, Uint8Array.of(wanted));
    }
  }
  if (edits.inOrder.length > 0) {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(sizeAfter(file.size, edits.inOrder) - 8);
    edits.replace(4, 8, size);
  }
  return { edits: edits.inOrder, orientation };
}

function minimalChunk(orientation: number): Uint8Array {
  const data = minimalTiff(orientation);
  const head = Buffer.from('EXIF\0\0\0\0', 'latin1');
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data]);
}

// Finds what a PNG tells beside its picture: Exif, texts, times, what follows its end.
import { crc32 } from 'node:zlib';
import { Edits, type Cleaning } from './edits.ts';
import { exifHead_bytes, minimalTiff, orientationIn } from './exif.ts';
import type { Window } from './window.ts';

/** Chunks that change how the picture looks. Those with a capital letter first are needed as well. */
const kept: ReadonlySet<string> = new Set(
  `tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV mDCv cLLI cLLi bKGD hIST pHYs sPLT acTL fcTL fdAT sTER`.split(
    ' ',
  ),
);

export async function cleaningOfPng(file: Window): Promise<Cleaning> {
  const edits = new Edits();
  let orientation = 1;
  for (let at = 8; at < file.size;) {
    if (!file.has(at, 8)) await file.load(at, 8);
    const name = file.text(at + 4, 4);
    // Apple's own kind has one chunk before.
    if (at === 8 && name !== 'IHDR' && name !== 'CgBI') break;
    const end = at + 12 + file.uint32(at);
    const isKept = kept.has(name) || /^[A-Z][A-Za-z]{3}$/.test(name);
    if (name === 'eXIf' && orientation === 1) {
      const length = Math.min(end - at - 12, exifHead_bytes);
      if (!file.has(at, 8 + length)) await file.load(at, 8 + length);
      orientation = orientationIn(file.bytes(at + 8, length));
      if (orientation === 1) edits.cut(at, Math.min(end, file.size));
      else edits.replace(at, Math.min(end, file.size), minimalChunk(orientation));
    } else if (!isKept) {
      edits.cut(at, Math.min(end, file.size));
    }
    if (name === 'IEND') edits.cut(end, file.size);
    if (name === 'IEND') break;
    at = end;
  }
  return { edits: edits.inOrder, orientation };
}

function minimalChunk(orientation: number): Uint8Array {
  const data = minimalTiff(orientation);
  const chunk = Buffer.concat([Buffer.alloc(4), Buffer.from('eXIf'), data, Buffer.alloc(4)]);
  chunk.writeUInt32BE(data.length, 0);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
  return chunk;
}

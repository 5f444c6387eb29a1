// Finds what a JPEG tells beside its picture: Exif, XMP, IPTC, comments, previews, what follows its end.
import { Edits, type Cleaning } from './edits.ts';
import { minimalTiff, orientationIn } from './exif.ts';
import type { Window } from './window.ts';

const marker = { scan: 0xda, end: 0xd9, comment: 0xfe, app0: 0xe0, app15: 0xef } as const;

/** Frames begin with C0 to CF, except for tables (C4, CC) and an extension (C8). */
const isFrame = (code: number) =>
  code >= 0xc0 && code <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(code);

/** Markers without a length: padding, restarts, the start of an image. */
const isAlone = (code: number) => code <= 0x01 || (code >= 0xd0 && code <= 0xd8);

/** Segments that say themselves that they describe a photo. */
const descriptions = ['Exif\0', 'http://ns.ad', 'Photoshop '];

const nothing = new Uint8Array(0);

export async function cleaningOfJpeg(file: Window): Promise<Cleaning> {
  const edits = new Edits();
  /** Of a file without a picture, which may be none at all, only what is surely a description goes. */
  const certain = new Edits();
  let orientation: number | null = null;
  let hasFrame = false;
  let hasScan = false;
  for (let at = 2; at < file.size;) {
    const next = await markerFrom(file, at);
    // Decoders pass over what stands between segments; before a picture is seen it may be anything.
    edits.cut(at, next);
    if (next >= file.size) break;
    at = next;
    const code = file.byte(at + 1);
    if (code === marker.end) {
      edits.cut(at + 2, file.size);
      break;
    }
    if (!file.has(at, 4)) await file.load(at, 4);
    const length = file.uint16(at + 2);
    if (length < 2) break;
    const end = Math.min(at + 2 + length, file.size);
    if (code === marker.comment) {
      edits.cut(at, end);
    } else if (code >= marker.app0 && code <= marker.app15) {
      if (!file.has(at, 20)) await file.load(at, 20);
      const name = file.text(at + 4, 12);
      let put: Uint8Array = nothing;
      if (code === 0xe0 && name.startsWith('JFIF\0')) {
        // Without its thumbnail, which may show what was cut off the picture.
        if (length > 16) edits.replace(at, end, bareJfif(file.bytes(at, 18)));
      } else if (!isNeeded(code, name)) {
        if (code === 0xe1 && name.startsWith('Exif\0') && orientation === null) {
          if (!file.has(at, 2 + length)) await file.load(at, 2 + length);
          orientation = orientationIn(file.bytes(at + 4, end - at - 4));
          if (orientation !== 1) put = minimalSegment(orientation);
        }
        const isCertain = descriptions.some((beginning) => name.startsWith(beginning));
        for (const list of isCertain ? [edits, certain] : [edits]) {
          if (put.length === 0) list.cut(at, end);
          else list.replace(at, end, put);
        }
      }
    }
    hasFrame ||= isFrame(code);
    hasScan ||= code === marker.scan;
    at = code === marker.scan ? await endOfScan(file, end) : end;
  }
  const found = hasFrame && hasScan ? edits : certain;
  return { edits: found.inOrder, orientation: orientation ?? 1 };
}

/** Returns the position of the next marker of a segment, or of the end, from `at` on. */
const markerFrom = (file: Window, at: number) =>
  file.findPair(0xff, at, (code) => code !== 0xff && !isAlone(code));

/** Returns the end of the data of a scan: they hold 0xFF only before 0x00 and restart markers. */
const endOfScan = (file: Window, start: number) =>
  file.findPair(
    0xff,
    start,
    (code) => code > 0x01 && code !== 0xff && (code < 0xd0 || code > 0xd7),
  );

/** Tells whether decoders need a segment of a program: a profile of colours, or how colours are meant. */
function isNeeded(code: number, name: string): boolean {
  return (code === 0xe2 && name === 'ICC_PROFILE\0') || (code === 0xee && name.startsWith('Adobe'));
}

function bareJfif(whole: Uint8Array): Uint8Array {
  const bare = Buffer.from(whole);
  bare.writeUInt16BE(16, 2);
  bare.writeUInt16BE(0, 16);
  return bare;
}

function minimalSegment(orientation: number): Uint8Array {
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), minimalTiff(orientation)]);
  const head = Buffer.from([0xff, 0xe1, 0, body.length + 2]);
  return Buffer.concat([head, body]);
}

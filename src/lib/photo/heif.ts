// Finds what an AVIF, a HEIC or another image of boxes tells beside its picture. Nothing moves in
// these files, since they name positions: what goes is overwritten.
import { Edits, TooManyParts, type Cleaning } from './edits.ts';
import { emptyExifItem } from './exif.ts';
import { itemsOf } from './heif-items.ts';
import { Window } from './window.ts';

/** The four characters of each name are written without the blank that some end with. */
const names = (text: string): ReadonlySet<string> =>
  new Set(text.split(' ').map((name) => name.padEnd(4)));

/** Boxes that a picture needs, at the top of a file: of HEIF, JPEG XL and JPEG 2000. */
const needed = names(
  'ftyp styp meta mdat moov moof sidx mini JXL jxlc jxlp jxll jxli jP jp2h jp2c',
);

/** Boxes that describe a photo, wherever they stand. */
const descriptions = names('udta uuid udes altt crtt mdft xml bxml jumb Exif');

/** Boxes that hold others in which descriptions may be. */
const holders: ReadonlySet<string> = new Set(['moov', 'trak', 'iprp', 'ipco']);

/** Boxes of real files stand in no more than five others. */
const maxDepth = 16;

/** Those of photos of a telephone have a few KiB. */
const maxMeta_bytes = 512 * 1024;

interface Box {
  readonly name: string;
  readonly start: number;
  /** Where its content begins. */
  readonly body: number;
  readonly end: number;
}

export async function cleaningOfHeif(file: Window): Promise<Cleaning> {
  const edits = new Edits();
  for (let at = 0; at + 8 <= file.size;) {
    if (!file.has(at, 16)) await file.load(at, 16);
    const box = boxAt(file, at);
    if (box === null) break;
    if (box.name === 'meta' || box.name === 'moov') await lookInto(file, box, edits);
    else if (!needed.has(box.name)) blank(edits, box);
    at = box.end;
  }
  return { edits: edits.inOrder, orientation: 1 };
}

/** Returns the box at a position; null if it is none, or goes beyond the end. */
function boxAt(file: Window, start: number): Box | null {
  const short = file.uint32(start);
  const name = file.text(start + 4, 4);
  const long = file.uint32(start + 8) * 2 ** 32 + file.uint32(start + 12);
  const body = start + (short === 1 ? 16 : 8);
  const end = short === 0 ? file.size : start + (short === 1 ? long : short);
  return end < body || end > file.size ? null : { name, start, body, end };
}

/** Overwrites a box, which becomes free space; what is free is nothing to anybody. */
function blank(edits: Edits, { start, body, end }: Box): void {
  edits.replace(start + 4, start + 8, Buffer.from('free'));
  if (body < end) edits.replace(body, end, 0);
}

async function lookInto(file: Window, { name, body, end }: Box, edits: Edits): Promise<void> {
  if (end - body > maxMeta_bytes) throw new TooManyParts(`a ${name} of more than 512 KiB`);
  const content = await held(await file.whole(body, end));
  if (name === 'meta') await blankMeta(content, { shift: body, size: file.size, depth: 0 }, edits);
  else
    await blankInside(
      content,
      { from: 0, to: content.size, shift: body, size: file.size, depth: 0 },
      edits,
    );
}

/** Returns a window that holds all of the bytes. */
async function held(bytes: Uint8Array): Promise<Window> {
  const window = Window.over(bytes);
  await window.load(0, window.size);
  return window;
}

/** Overwrites the items that a meta box names, from its content. */
async function blankMeta(
  content: Window,
  { shift, size, depth }: Pick<Inside, 'shift' | 'size' | 'depth'>,
  edits: Edits,
): Promise<void> {
  // It begins with four bytes of its own.
  await blankInside(content, { from: 4, to: content.size, shift, size, depth }, edits);
  for (const { kind, start, length, isFirst } of itemsOf(content, shift)) {
    const stop = start + length;
    if (length === 0 || stop > size) continue;
    const head =
      kind === 'Exif' && isFirst && length >= emptyExifItem.length ? emptyExifItem : null;
    if (head !== null) edits.replace(start, start + head.length, head);
    // Blanks are XML without anything in it.
    edits.replace(start + (head?.length ?? 0), stop, kind === 'mime' ? 0x20 : 0);
  }
}

interface Inside {
  readonly from: number;
  readonly to: number;
  /** Where in the file the content begins. */
  readonly shift: number;
  /** The size of the file. */
  readonly size: number;
  /** In how many boxes it stands. */
  readonly depth: number;
}

async function blankInside(content: Window, inside: Inside, edits: Edits): Promise<void> {
  const { from, to, shift, size, depth } = inside;
  if (depth > maxDepth) throw new TooManyParts(`boxes that nest more than ${maxDepth} levels deep`);
  for (let at = from; at + 8 <= to;) {
    const box = boxAt(content, at);
    if (box === null || box.end > to) break;
    const { name, body, end } = box;
    if (descriptions.has(name)) {
      blank(edits, { name, start: at + shift, body: body + shift, end: end + shift });
    } else if (holders.has(name)) {
      await blankInside(content, { ...inside, from: body, to: end, depth: depth + 1 }, edits);
    } else if (name === 'meta') {
      // A picture of several frames has its items in the box of a track.
      const meta = await held(content.bytes(body, end - body));
      await blankMeta(meta, { shift: body + shift, size, depth: depth + 1 }, edits);
    }
    at = end;
  }
}

// Finds what a GIF tells beside its frames: comments, notes of programs, what follows its end.
import { Edits, type Cleaning } from './edits.ts';
import type { Window } from './window.ts';

const code = { image: 0x2c, extension: 0x21, end: 0x3b } as const;

/** Kinds of extensions that belong to frames: their time, and text that is drawn. */
const ofFrames: readonly number[] = [0xf9, 0x01];

/** Programs whose notes say how often the frames are repeated, or which colours they have. */
const programs = ['NETSCAPE2.0', 'ANIMEXTS1.0', 'ICCRGBG1012'];

export async function cleaningOfGif(file: Window): Promise<Cleaning> {
  const edits = new Edits();
  let hasImage = false;
  if (!file.has(0, 13)) await file.load(0, 13);
  for (let at = 13 + paletteBytes(file.byte(10)); at < file.size;) {
    if (!file.has(at, 16)) await file.load(at, 16);
    const kind = file.byte(at);
    if (kind === code.image) {
      hasImage = true;
      at = await afterBlocks(file, at + 11 + paletteBytes(file.byte(at + 9)));
    } else if (kind === code.extension) {
      const isKept =
        ofFrames.includes(file.byte(at + 1)) ||
        (file.byte(at + 1) === 0xff && programs.includes(file.text(at + 3, 11)));
      const end = await afterBlocks(file, at + 2);
      if (!isKept) edits.cut(at, end);
      at = end;
    } else {
      // Where nothing else can follow, decoders stop.
      edits.cut(kind === code.end ? at + 1 : at, file.size);
      break;
    }
  }
  return { edits: hasImage ? edits.inOrder : [], orientation: 1 };
}

function paletteBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 << ((flags & 0x07) + 1);
}

/** Returns the end of blocks, each of which begins with its length; the last one is empty. */
async function afterBlocks(file: Window, start: number): Promise<number> {
  for (let at = start; at < file.size;) {
    if (!file.has(at, 1)) await file.load(at, 1);
    const length = file.byte(at);
    at += 1 + length;
    if (length === 0) return at;
  }
  return file.size;
}

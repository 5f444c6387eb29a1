// What is to be changed in a file: ranges that are cut out, filled, or replaced.
import type { FileHandle } from 'node:fs/promises';
import type { Window } from './window.ts';

/** More parts to take out than any program writes; each of them costs memory. */
const maxEdits = 10_000;

export class TooManyParts extends Error {}

export interface Edit {
  readonly start: number;
  readonly end: number;
  /** What stands there instead; a number fills the whole range with that byte. */
  readonly put: Uint8Array | number;
}

const nothing = new Uint8Array(0);

/** Collects edits of one file, in any order. */
export class Edits {
  readonly #list: (Edit & { end: number })[] = [];

  /** Puts something in the place of a range; throws if the file has too many of them. */
  replace(start: number, end: number, put: Uint8Array | number): void {
    if (this.#list.length === maxEdits) throw new TooManyParts('too many parts to take out');
    this.#list.push({ start, end, put });
  }

  /** Cuts a range out; it grows together with one that ends where it begins. */
  cut(start: number, end: number): void {
    if (start >= end) return;
    const last = this.#list.at(-1);
    if (last !== undefined && last.end === start && last.put === nothing) last.end = end;
    else this.replace(start, end, nothing);
  }

  /** The edits in the order of the file; of those that overlap, the first one counts. */
  get inOrder(): Edit[] {
    const sorted = this.#list.toSorted((a, b) => a.start - b.start);
    let free = 0;
    return sorted.filter(({ start, end }) => {
      if (start < free) return false;
      free = end;
      return true;
    });
  }
}

/** What was found in an image that is to be taken out. */
export interface Cleaning {
  readonly edits: readonly Edit[];
  /** How the image is to be turned, 1 to 8 as in Exif; 1 is upright. */
  readonly orientation: number;
}

/** Returns how large the file is after the edits. */
export function sizeAfter(size: number, edits: readonly Edit[]): number {
  return edits.reduce(
    (sum, { start, end, put }) =>
      typeof put === 'number' ? sum : sum + put.length - (end - start),
    size,
  );
}

/** Returns the bytes after the edits. */
export function edited(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { start, end, put } of edits) {
    parts.push(bytes.subarray(at, start));
    parts.push(typeof put === 'number' ? new Uint8Array(end - start).fill(put) : put);
    at = end;
  }
  return Buffer.concat([...parts, bytes.subarray(at)]);
}

const copy_bytes = 256 * 1024;

/** Writes the file after the edits to another one, a little at a time. */
export async function copyEdited(
  file: Window,
  edits: readonly Edit[],
  to: FileHandle,
): Promise<void> {
  const copy = async (start: number, end: number) => {
    for (let at = start; at < end; at += copy_bytes) {
      await to.writeFile(await file.whole(at, Math.min(at + copy_bytes, end)));
    }
  };
  const fill = async (length: number, value: number) => {
    for (let left = length; left > 0; left -= copy_bytes) {
      await to.writeFile(new Uint8Array(Math.min(left, copy_bytes)).fill(value));
    }
  };
  let at = 0;
  for (const { start, end, put } of edits) {
    await copy(at, start);
    if (typeof put === 'number') await fill(end - start, put);
    else if (put.length > 0) await to.writeFile(put);
    at = end;
  }
  await copy(at, file.size);
}

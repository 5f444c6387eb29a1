// The items of an image of boxes that are no pictures: Exif, XMP and whatever else is text.
import { TooManyParts } from './edits.ts';
import type { Window } from './window.ts';

/** Photos are made of some hundred tiles at most, each with a stretch of its own. */
const maxExtents = 10_000;

/** A stretch of the file that belongs to such an item. */
export interface Extent {
  readonly kind: 'Exif' | 'mime';
  readonly start: number;
  readonly length: number;
  /** Whether the item begins with it. */
  readonly isFirst: boolean;
}

/** Returns the boxes in a range by name; of several, the first one. */
function boxesIn(file: Window, from: number, to: number) {
  const found = new Map<string, { body: number; end: number }>();
  for (let at = from; at + 8 <= to;) {
    const end = at + file.uint32(at);
    if (end < at + 8 || end > to) break;
    const name = file.text(at + 4, 4);
    if (!found.has(name)) found.set(name, { body: at + 8, end });
    at = end;
  }
  return found;
}

/**
 * Returns where the items that describe the photo lie in the file, from the content of its meta
 * box, which begins at `shift`. What cannot be read is left out.
 */
export function itemsOf(meta: Window, shift: number): Extent[] {
  const boxes = boxesIn(meta, 4, meta.size);
  const [infos, places] = [boxes.get('iinf'), boxes.get('iloc')];
  if (infos === undefined || places === undefined) return [];
  const kinds = kindsIn(meta, infos);
  const data = boxes.get('idat');
  return kinds.size === 0
    ? []
    : extentsIn(meta, places, kinds, data === undefined ? null : data.body + shift);
}

/** The kinds of items by id, of those that are no pictures. */
function kindsIn(meta: Window, { body, end }: { body: number; end: number }) {
  const kinds = new Map<number, Extent['kind']>();
  const first = body + (meta.byte(body) === 0 ? 6 : 8);
  for (let at = first; at + 8 <= end;) {
    const next = at + meta.uint32(at);
    if (next < at + 8 || next > end) break;
    const version = meta.byte(at + 8);
    const wide = version >= 3 ? 2 : 0;
    const id = wide === 0 ? meta.uint16(at + 12) : meta.uint32(at + 12);
    const type = meta.text(at + 16 + wide, 4);
    if (version >= 2 && type === 'Exif') kinds.set(id, 'Exif');
    if (version >= 2 && (type === 'mime' || type === 'uri ')) kinds.set(id, 'mime');
    at = next;
  }
  return kinds;
}

function extentsIn(
  meta: Window,
  { body, end }: { body: number; end: number },
  kinds: ReadonlyMap<number, Extent['kind']>,
  data: number | null,
): Extent[] {
  const found: Extent[] = [];
  const version = meta.byte(body);
  let at = body + 4;
  const number = (bytes: number): number => {
    let value = 0;
    for (let n = 0; n < bytes; n += 1) value = value * 256 + meta.byte(at + n);
    at += bytes;
    return value;
  };
  const sizes = number(2);
  const [offset, length, base] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const index = version === 0 ? 0 : sizes & 15;
  // Where lengths take no bytes, every stretch is of none, and 65,535 of them cost an item six bytes.
  if (length === 0) return [];
  let count = 0;
  for (let items = number(version < 2 ? 2 : 4); items > 0 && at < end; items -= 1) {
    const kind = kinds.get(number(version < 2 ? 2 : 4));
    const method = version === 0 ? 0 : number(2) & 15;
    const isHere = number(2) === 0;
    const start = number(base);
    // In the file itself, or in the box beside this one.
    const from = method === 0 ? 0 : method === 1 ? data : null;
    const extents = number(2);
    for (let n = 0; n < extents && at < end; n += 1) {
      if ((count += 1) > maxExtents) throw new TooManyParts('a photo in too many stretches');
      number(index);
      const place = { start: (from ?? 0) + start + number(offset), length: number(length) };
      if (kind !== undefined && isHere && from !== null) {
        found.push({ kind, ...place, isFirst: n === 0 });
      }
    }
  }
  return found;
}

// Exif, of which one thing is kept: how the image is to be turned.

const orientationTag = 0x0112;

/** So much of an Exif is read: previews and notes of makers follow the list that names the orientation. */
export const exifHead_bytes = 65_536;

/** Where the values of the first list of a TIFF stand: each takes 12 bytes. */
const entry_bytes = 12;

/**
 * Returns the orientation that a TIFF, the body of Exif, names; 1 if there is none. A few bytes
 * before it, as some programs write them, do no harm.
 */
export function orientationIn(exif: Uint8Array): number {
  const start = beginsWith(exif, 'Exif\0\0') ? 6 : 0;
  const isLittleEndian = beginsWith(exif.subarray(start), 'II*\0');
  if (!isLittleEndian && !beginsWith(exif.subarray(start), 'MM\0*')) return 1;
  const view = new DataView(exif.buffer, exif.byteOffset + start, exif.length - start);
  if (view.byteLength < 8) return 1;
  const list = view.getUint32(4, isLittleEndian);
  if (list + 2 > view.byteLength) return 1;
  const count = view.getUint16(list, isLittleEndian);
  for (let n = 0; n < count; n += 1) {
    const at = list + 2 + n * entry_bytes;
    if (at + entry_bytes > view.byteLength) break;
    if (view.getUint16(at, isLittleEndian) !== orientationTag) continue;
    const value = view.getUint16(at + 8, isLittleEndian);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** A TIFF that names the orientation and nothing else; 26 bytes. */
export function minimalTiff(orientation: number): Uint8Array {
  const tiff = Buffer.from('4d4d002a00000008000101120003000000010000000000000000', 'hex');
  tiff.writeUInt16BE(orientation, 18);
  return tiff;
}

/** Exif without anything in it, as an item of HEIF has it: the offset of the TIFF, and an empty one. */
export const emptyExifItem: Uint8Array = Buffer.from('000000004d4d002a00000008000000000000', 'hex');

function beginsWith(bytes: Uint8Array, text: string): boolean {
  return Buffer.from(bytes.subarray(0, text.length)).toString('latin1') === text;
}

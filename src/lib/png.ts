// Draws a disc of one colour as a PNG image.
import { crc32, deflateSync } from 'node:zlib';

const signature = Buffer.from('\x89PNG\r\n\x1A\n', 'latin1');
/** Steps from transparent to opaque, for a smooth edge. */
const steps = 16;

/** Returns a PNG of a disc as wide as the image, on transparent ground; `color` as 0xRRGGBB. */
export function disc(size: number, color: number): Buffer<ArrayBuffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  // One byte for each pixel: an index into the palette.
  header.set([8, 3], 8);
  const rgb = [color >> 16, color >> 8, color].map((part) => part & 255);
  const palette = Array.from({ length: steps }, () => rgb).flat();
  const opacities = Array.from({ length: steps }, (_, step) => (step * 255) / (steps - 1));
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette)),
    chunk('tRNS', Buffer.from(opacities)),
    chunk('IDAT', deflateSync(pixels(size))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Returns the pixels by row; each row begins with its filter type, 0 for none. */
function pixels(size: number): Buffer {
  const rows = Buffer.alloc(size * (size + 1));
  const middle = (size - 1) / 2;
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const covered = Math.min(1, Math.max(0, size / 2 - Math.hypot(x - middle, y - middle)));
      rows[y * (size + 1) + 1 + x] = Math.round(covered * (steps - 1));
    }
  }
  return rows;
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

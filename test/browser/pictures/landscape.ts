// A picture of hills below a sun, drawn by numbers: the community shows it, and every time it is the same.
import { crc32, deflateSync } from 'node:zlib';

const [width, height] = [640, 360];
const sun = { x: 470, y: 105, radius: 42 };

type Colour = readonly [number, number, number];

const mixed = (from: Colour, to: Colour, part: number): Colour =>
  from.map((value, index) => Math.round(value + ((to[index] ?? 0) - value) * part)) as never;

function colourAt(x: number, y: number): Colour {
  const hill = 215 + 22 * Math.sin(x / 70) + 14 * Math.sin(x / 31 + 1);
  const field = 285 + 16 * Math.sin(x / 110 + 2);
  if (y > field) return mixed([196, 164, 72], [124, 96, 48], (y - field) / 90);
  if (y > hill) return mixed([74, 132, 84], [40, 84, 66], (y - hill) / 110);
  const isSun = (x - sun.x) ** 2 + (y - sun.y) ** 2 < sun.radius ** 2;
  return isSun ? [255, 218, 128] : mixed([112, 164, 218], [226, 214, 198], y / 230);
}

function chunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name), data]);
  const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  size.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([size, body, sum]);
}

/** Returns it as a PNG. */
export function landscape(): Blob {
  const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) rows.set(colourAt(x, y), y * (1 + width * 3) + 1 + x * 3);
  }
  const png = Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
  return new Blob([png], { type: 'image/png' });
}

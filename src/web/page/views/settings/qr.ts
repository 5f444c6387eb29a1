// Makes QR codes of short texts, for authenticator apps: bytes, correction level L, versions 1 to 10.

/** For each version from 1 on: bytes of correction in a block, and bytes of data in each block. */
const versions: readonly { readonly correction: number; readonly blocks: readonly number[] }[] = [
  { correction: 7, blocks: [19] },
  { correction: 10, blocks: [34] },
  { correction: 15, blocks: [55] },
  { correction: 20, blocks: [80] },
  { correction: 26, blocks: [108] },
  { correction: 18, blocks: [68, 68] },
  { correction: 20, blocks: [78, 78] },
  { correction: 24, blocks: [97, 97] },
  { correction: 30, blocks: [116, 116] },
  { correction: 18, blocks: [68, 68, 69, 69] },
];

/** The centres of the small squares that show how the code is bent, by version. */
const alignments: readonly (readonly number[])[] = [
  [],
  [6, 18],
  [6, 22],
  [6, 26],
  [6, 30],
  [6, 34],
  [6, 22, 38],
  [6, 24, 42],
  [6, 26, 46],
  [6, 28, 50],
];

/** The remainder of a number by a polynomial over two elements, after `degree` zeros. */
function remainder(value: number, polynomial: number, degree: number): number {
  let rest = value;
  for (let at = 0; at < degree; at += 1) rest = (rest << 1) ^ ((rest >> (degree - 1)) * polynomial);
  return rest;
}

/** The product in the field of 256 elements that QR codes use. */
function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d);
    product ^= ((b >>> bit) & 1) * a;
  }
  return product;
}

/** The polynomial whose roots are the first powers of 2, without its leading 1. */
function generator(degree: number): number[] {
  const made: number[] = Array.from({ length: degree }, (_, at) => (at === degree - 1 ? 1 : 0));
  for (let root = 1, step = 0; step < degree; step += 1, root = times(root, 2)) {
    for (let at = 0; at < degree; at += 1) {
      made[at] = times(made[at] ?? 0, root) ^ (made[at + 1] ?? 0);
    }
  }
  return made;
}

/** Returns the bytes by which a reader mends a block. */
function correctionOf(data: readonly number[], degree: number): number[] {
  const divisor = generator(degree);
  const rest = Array.from({ length: degree }, () => 0);
  for (const byte of data) {
    const factor = byte ^ (rest.shift() ?? 0);
    rest.push(0);
    for (const [at, one] of divisor.entries()) rest[at] = (rest[at] ?? 0) ^ times(one, factor);
  }
  return rest;
}

/** Takes the first bytes of all blocks, then the second ones, and so on. */
function interleaved(blocks: readonly (readonly number[])[]): number[] {
  const longest = Math.max(...blocks.map(({ length }) => length));
  return Array.from({ length: longest }).flatMap((_, at) =>
    blocks.flatMap((block) => block[at] ?? []),
  );
}

const bitsOf = (value: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => (value >>> (count - 1 - at)) & 1);

/** The bytes of a code: what it says, filled up, and what mends it. */
function codewords(bytes: Uint8Array, version: number): number[] {
  const { correction, blocks } = versions[version - 1] ?? { correction: 0, blocks: [] };
  const capacity = blocks.reduce((sum, one) => sum + one, 0);
  const bits = [
    // Bytes follow.
    ...bitsOf(4, 4),
    ...bitsOf(bytes.length, version < 10 ? 8 : 16),
    ...[...bytes].flatMap((byte) => bitsOf(byte, 8)),
  ];
  bits.push(...bitsOf(0, Math.min(4, capacity * 8 - bits.length)));
  while (bits.length % 8 !== 0) bits.push(0);
  const data: number[] = [];
  for (let at = 0; at < bits.length; at += 8) {
    data.push(bits.slice(at, at + 8).reduce((sum, bit) => sum * 2 + bit, 0));
  }
  for (let filler = 0xec; data.length < capacity; filler ^= 0xec ^ 0x11) data.push(filler);
  let begin = 0;
  const parts = blocks.map((length) => data.slice(begin, (begin += length)));
  return [...interleaved(parts), ...interleaved(parts.map((one) => correctionOf(one, correction)))];
}

/** A square of modules; null where nothing stands yet. */
class Square {
  readonly size: number;
  readonly #rows: (boolean | null)[][];

  constructor(size: number) {
    this.size = size;
    this.#rows = Array.from({ length: size }, () => Array.from({ length: size }, () => null));
  }

  has(x: number, y: number): boolean {
    return this.#rows[y]?.[x] !== null;
  }

  /** Sets a module, if it lies on the square. */
  set(x: number, y: number, isDark: boolean): void {
    const row = this.#rows[y];
    if (row !== undefined && x >= 0 && x < this.size) row[x] = isDark;
  }

  get rows(): readonly (readonly boolean[])[] {
    return this.#rows.map((row) => row.map((one) => one === true));
  }
}

/** Draws rings around a centre; `light` names those that are not dark. */
function rings(square: Square, [cx, cy]: readonly [number, number], light: readonly number[]) {
  const radius = Math.max(...light) <= 2 && !light.includes(4) ? 2 : 4;
  for (let y = -radius; y <= radius; y += 1) {
    for (let x = -radius; x <= radius; x += 1) {
      square.set(cx + x, cy + y, !light.includes(Math.max(Math.abs(x), Math.abs(y))));
    }
  }
}

/** Which kind of mending and which mask the code has, twice, beside its corners. */
function format(square: Square, mask: number): void {
  // 1: level L.
  const value = (1 << 3) | mask;
  const bits = ((value << 10) | remainder(value, 0x537, 10)) ^ 0x5412;
  const isSet = (at: number) => ((bits >>> at) & 1) === 1;
  const { size } = square;
  for (let at = 0; at < 6; at += 1) square.set(8, at, isSet(at));
  square.set(8, 7, isSet(6));
  square.set(8, 8, isSet(7));
  square.set(7, 8, isSet(8));
  for (let at = 9; at < 15; at += 1) square.set(14 - at, 8, isSet(at));
  for (let at = 0; at < 8; at += 1) square.set(size - 1 - at, 8, isSet(at));
  for (let at = 8; at < 15; at += 1) square.set(8, size - 15 + at, isSet(at));
  square.set(8, size - 8, true);
}

/** The number of the version, twice, from the seventh on. */
function versionMarks(square: Square, version: number): void {
  if (version < 7) return;
  const bits = (version << 12) | remainder(version, 0x1f25, 12);
  for (let at = 0; at < 18; at += 1) {
    const isDark = ((bits >>> at) & 1) === 1;
    const [a, b] = [square.size - 11 + (at % 3), Math.floor(at / 3)];
    square.set(a, b, isDark);
    square.set(b, a, isDark);
  }
}

/** Everything that is no data. */
function frame(version: number, mask: number): Square {
  const square = new Square(17 + 4 * version);
  const { size } = square;
  for (let at = 0; at < size; at += 1) {
    square.set(6, at, at % 2 === 0);
    square.set(at, 6, at % 2 === 0);
  }
  const corners = [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const;
  for (const corner of corners) rings(square, corner, [2, 4]);
  const centres = alignments[version - 1] ?? [];
  const last = centres.at(-1);
  for (const x of centres) {
    for (const y of centres) {
      const isCorner = (x === 6 && (y === 6 || y === last)) || (x === last && y === 6);
      if (!isCorner) rings(square, [x, y], [1]);
    }
  }
  format(square, mask);
  versionMarks(square, version);
  return square;
}

/** Columns in pairs from the right, upwards and downwards in turn, around what stands there. */
function* path(square: Square): Generator<readonly [number, number]> {
  const { size } = square;
  for (let right = size - 1, isUp = true; right > 0; right -= 2, isUp = !isUp) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1) {
      const y = isUp ? size - 1 - step : step;
      for (const x of [right, right - 1]) if (!square.has(x, y)) yield [x, y];
    }
  }
}

/** One mask for all: readers take any, and what is written here never makes it a bad one. */
const mask = 2;
const isFlipped = (x: number) => x % 3 === 0;

/** Returns the modules of a code, row by row, true for dark; null if the text is too long. */
export function qrCode(text: string): readonly (readonly boolean[])[] | null {
  const bytes = new TextEncoder().encode(text);
  const fits = ({ blocks }: { blocks: readonly number[] }) =>
    blocks.reduce((sum, one) => sum + one, 0) >= bytes.length + 3;
  const version = versions.findIndex(fits) + 1;
  if (version === 0) return null;
  const bits = codewords(bytes, version).flatMap((byte) => bitsOf(byte, 8));
  const square = frame(version, mask);
  for (const [index, [x, y]] of [...path(square)].entries()) {
    square.set(x, y, (bits[index] === 1) !== isFlipped(x));
  }
  return square.rows;
}

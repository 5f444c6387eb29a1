// Texts so long that only work in linear time comes to its end: in quadratic time it would take minutes.
const length = 1_000_000;

/** The piece, again and again. */
export function megabyteOf(piece: string): string {
  return piece.repeat(Math.ceil(length / piece.length));
}

// Texts that are written when they are needed, so that a list of long ones can go out in pieces.

/** A text that is written once, when it is first asked for. */
export class LateText {
  /** About how many characters it has, known before it is written. */
  readonly length: number;
  #write: (() => string) | null;
  #text = '';

  constructor(length: number, write: () => string) {
    this.length = length;
    this.#write = write;
  }

  toString(): string {
    if (this.#write !== null) {
      this.#text = this.#write();
      // What it was written from is not needed any more.
      this.#write = null;
    }
    return this.#text;
  }
}

/** Texts are written here before they are sent: most take a few kilobytes. */
const room = Buffer.allocUnsafeSlow(512 * 1024);
/** So many bytes a UTF-16 code unit takes in UTF-8 at most. */
const maxBytes = 3;

/** A text in pieces that are written one after the other. */
export class PiecedText {
  /** About how many characters all pieces have. */
  readonly length: number;
  readonly #pieces: readonly (string | LateText)[];

  constructor(pieces: readonly (string | LateText)[]) {
    this.#pieces = pieces;
    this.length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  }

  toString(): string {
    return this.#pieces.join('');
  }

  /**
   * Returns all of it in UTF-8, without joining the pieces first. The bytes hold until the next call:
   * whoever keeps them copies them, as a Response and a Blob do.
   */
  inOne(): Uint8Array<ArrayBuffer> {
    let end = 0;
    for (const piece of this.#pieces) {
      const text = String(piece);
      if (end + text.length * maxBytes > room.length) return Buffer.from(this.toString());
      end += room.write(text, end);
    }
    return room.subarray(0, end);
  }

  /** Writes at least `least` characters at a time, or what is left. */
  *inParts(least: number): Generator<string, void, void> {
    let part = '';
    for (const piece of this.#pieces) {
      part += String(piece);
      if (part.length < least) continue;
      yield part;
      part = '';
    }
    if (part !== '') yield part;
  }
}

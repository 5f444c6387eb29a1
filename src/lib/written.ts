// Values written as JSON once, to be put into many texts.
import type { z } from 'zod';
import { pickOf } from './pick.ts';

/** A value as JSON, and its size in bytes. */
export class Written {
  readonly text: string;
  readonly bytes: number;

  constructor(text: string, bytes = Buffer.byteLength(text)) {
    this.text = text;
    this.bytes = bytes;
  }

  /** Writes a value as it is. */
  static of(value: unknown): Written {
    return new Written(JSON.stringify(value));
  }

  /** Writes the fields of a value that the schema names. */
  static as<S extends z.ZodType>(schema: S, value: z.input<S>): Written {
    return Written.of(pickOf(schema)(value));
  }
}

/** An object as JSON in which the value of one field is left open. */
export class OpenText {
  readonly head: string;
  readonly tail: string;
  readonly bytes: number;

  /** Opens the field, which must be null in `text`. */
  constructor({ text, bytes }: Written, field: string) {
    // No string in JSON holds it: its quotes would be escaped there.
    const [head, tail] = text.split(`"${field}":null`);
    if (head === undefined || tail === undefined) throw new Error(`${field} is not open`);
    this.head = `${head}"${field}":`;
    this.tail = tail;
    this.bytes = bytes - 'null'.length;
  }

  /** Returns the object with the value of the field, which is JSON in ASCII. */
  with(value: string): Written {
    return new Written(this.head + value + this.tail, this.bytes + value.length);
  }
}

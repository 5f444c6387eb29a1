// Builds a frame whose lists are filled entry by entry, and knows its size while it grows.
import type { z } from 'zod';
import { pickOf, type Pick } from '../lib/pick.ts';
import { Written } from '../lib/written.ts';
import type { AudienceKind } from './audience.ts';
import { eventFrame, frameLimit_bytes, type EventValue } from './event.ts';

type Lists<S extends z.ZodObject> = {
  [K in keyof S['shape'] as S['shape'][K] extends z.ZodArray ? K : never]: S['shape'][K];
};
type Entries<S extends z.ZodObject> = {
  [K in keyof Lists<S>]?: Lists<S>[K] extends z.ZodArray<infer E> ? z.input<E> | Written : never;
};

export class FrameBuilder<S extends z.ZodObject> {
  readonly #event: EventValue<AudienceKind, S>;
  readonly #lists: { name: string; pick: Pick; texts: string[] }[] = [];
  /** Bytes that are still free for entries. */
  left_bytes: number;

  /** `left_bytes` is the limit for all entries. The frame contains every list, even empty ones. */
  constructor(event: EventValue<AudienceKind, S>, left_bytes = frameLimit_bytes) {
    this.#event = event;
    this.left_bytes = left_bytes;
    for (const [name, schema] of Object.entries(event.data.shape)) {
      if (schema.def.type !== 'array') continue;
      const { element } = schema as z.ZodArray<z.ZodType>;
      this.#lists.push({ name, pick: pickOf(element), texts: [] });
    }
  }

  /**
   * Adds entries together, each as a value or already written; adds none and returns false if they do
   * not fit, unless `isForced`.
   */
  add(entries: Entries<S>, isForced = false): boolean {
    return this.#add(entries, isForced);
  }

  /** Adds one entry to the named list; returns false if it does not fit. */
  addTo(list: string, entry: unknown): boolean {
    return this.#add({ [list]: entry }, false);
  }

  #add(given: Readonly<Record<string, unknown>>, isForced: boolean): boolean {
    const written: { texts: string[]; text: string }[] = [];
    let needed = 0;
    for (const { name, pick, texts } of this.#lists) {
      const entry = given[name];
      if (entry === undefined) continue;
      const { text, bytes } = entry instanceof Written ? entry : Written.of(pick(entry));
      written.push({ texts, text });
      needed += bytes + 1;
    }
    if (needed > this.left_bytes && !isForced) return false;
    this.left_bytes -= needed;
    for (const { texts, text } of written) texts.push(text);
    return true;
  }

  /** Returns the frame with the lists and the other fields. */
  frame(
    { strict }: { strict: boolean },
    seq: number | null,
    fields: Omit<z.input<S>, keyof Lists<S>>,
  ): string {
    const { type, data, pick } = this.#event;
    const lists = this.#lists.map(({ name, texts }) => `"${name}":[${texts.join(',')}]`);
    const others = JSON.stringify(pick(fields as z.input<S>));
    const json = `${others.slice(0, -1)},${lists.join(',')}}`;
    if (strict) data.parse(JSON.parse(json));
    return eventFrame(type, seq, json);
  }
}

// Fills a frame with lists, most important first, until it is full.
import { frameLimit_bytes } from '../../events/event.ts';

/** Room for the envelope, the number and the commas that are not counted. */
const reserve_bytes = 512;

export class Budget {
  readonly #parts = new Map<string, string[]>();
  #left_bytes: number;

  /** `lists` are there from the beginning, empty ones included. */
  constructor(lists: readonly string[], fixed: object) {
    for (const list of lists) this.#parts.set(list, []);
    const names_bytes = lists.reduce((sum, list) => sum + list.length + 6, 0);
    const fixed_bytes = Buffer.byteLength(JSON.stringify(fixed));
    this.#left_bytes = frameLimit_bytes - reserve_bytes - names_bytes - fixed_bytes;
  }

  /** Adds entries that belong together, all or none; false when they do not fit. */
  add(entries: Readonly<Record<string, unknown>>): boolean {
    const texts = Object.entries(entries).map(
      ([list, entry]) => [list, JSON.stringify(entry)] as const,
    );
    const needed = texts.reduce((sum, [, text]) => sum + Buffer.byteLength(text) + 1, 0);
    if (needed > this.#left_bytes) return false;
    this.#left_bytes -= needed;
    for (const [list, text] of texts) this.#parts.get(list)?.push(text);
    return true;
  }

  /** The object as JSON: what is fixed, then the lists. */
  toJson(fixed: object): string {
    const lists = [...this.#parts].map(([list, texts]) => `"${list}":[${texts.join(',')}]`);
    return `${JSON.stringify(fixed).slice(0, -1)},${lists.join(',')}}`;
  }
}

// A map of bounded size that drops its least recently used entry.

export interface Weights<V> {
  /** How much all entries may weigh together. */
  max: number;
  of(value: V): number;
}

/** The share of its bounds that a full map keeps. */
const kept = 15 / 16;

export class LeastRecentMap<K, V> {
  readonly #entries = new Map<K, V>();
  readonly #limit: number;
  readonly #weights: Weights<V>;
  #weight = 0;

  /** `weights`: what else bounds it, for values that differ much in size. */
  constructor(limit: number, weights: Weights<V> = { max: 0, of: () => 0 }) {
    this.#limit = limit;
    this.#weights = weights;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    // The order of use matters only for a map that is more than half full.
    if (value !== undefined && this.#isHalfFull()) {
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    return value;
  }

  set(key: K, value: V): void {
    this.delete(key);
    this.#entries.set(key, value);
    this.#weight += this.#weights.of(value);
    if (this.#entries.size > this.#limit || this.#weight > this.#weights.max) this.#makeRoom();
  }

  /**
   * Drops the oldest entries, of many several at once: finding the first entry of a map takes the
   * longer, the more were deleted before it.
   */
  #makeRoom(): void {
    const [size, weight] = [Math.ceil(this.#limit * kept), this.#weights.max * kept];
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= size && this.#weight <= weight) break;
      this.delete(key);
    }
  }

  delete(key: K): void {
    const value = this.#entries.get(key);
    if (value !== undefined) this.#weight -= this.#weights.of(value);
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
    this.#weight = 0;
  }

  #isHalfFull(): boolean {
    return this.#entries.size * 2 > this.#limit || this.#weight * 2 > this.#weights.max;
  }

  keys(): IterableIterator<K> {
    return this.#entries.keys();
  }
}

// A map of bounded size whose values belong to groups: all of a group go at once.
import { LeastRecentMap } from './least-recent.ts';

interface Group<V> {
  readonly values: Map<string, V>;
  weight: number;
}

export interface Bounds<V> {
  /** The number of groups; the one that was least recently used goes first. */
  groups: number;
  /** How much all values may weigh together. */
  weight: number;
  /** The same of one group: when it would weigh more, it begins anew. */
  weightOfGroup: number;
  /** How much a value weighs. */
  of(value: V): number;
}

export class GroupedMap<V> {
  readonly #groups: LeastRecentMap<string, Group<V>>;
  readonly #bounds: Bounds<V>;

  constructor(bounds: Bounds<V>) {
    this.#bounds = bounds;
    const weights = { max: bounds.weight, of: ({ weight }: Group<V>) => weight };
    this.#groups = new LeastRecentMap(bounds.groups, weights);
  }

  get(group: string, key: string): V | undefined {
    return this.#groups.get(group)?.values.get(key);
  }

  set(group: string, key: string, value: V): void {
    const { of, weightOfGroup } = this.#bounds;
    const weight = of(value);
    let whole = this.#groups.get(group);
    // Its weight must not change while it is in the map.
    this.#groups.delete(group);
    if (whole === undefined || whole.weight + weight > weightOfGroup) {
      whole = { values: new Map(), weight: 0 };
    }
    const before = whole.values.get(key);
    whole.weight += weight - (before === undefined ? 0 : of(before));
    whole.values.set(key, value);
    if (whole.weight <= weightOfGroup) this.#groups.set(group, whole);
  }

  deleteGroup(group: string): void {
    this.#groups.delete(group);
  }

  clear(): void {
    this.#groups.clear();
  }
}

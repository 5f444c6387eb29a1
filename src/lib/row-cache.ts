// Caches values computed from committed rows; a turn that changes the rows drops them.
import { LeastRecentMap, type Weights } from './least-recent.ts';

/** The cached values of one kind, by key. */
export class CacheTable<V> {
  readonly #values: LeastRecentMap<string, V>;
  /** Keys that the running turn has changed; until it ends, reads of these bypass the cache. */
  readonly #changed = new Set<string>();
  /** Keys that the running turn has loaded from rows that may still be rolled back. */
  readonly #filled: string[] = [];
  readonly #cache: RowCache;

  constructor(cache: RowCache, { limit, weights }: CacheName<V>) {
    this.#cache = cache;
    this.#values = new LeastRecentMap(limit, weights);
  }

  /** Returns the value, loading it if it is not cached. */
  get(key: string, load: (key: string) => V): V {
    if (this.#changed.size > 0 && this.#changed.has(key)) return load(key);
    let value = this.#values.get(key);
    if (value === undefined) {
      value = load(key);
      this.#values.set(key, value);
      if (this.#cache.inTurn) this.#filled.push(key);
    }
    return value;
  }

  /** Returns the cached value as of the last commit; undefined if there is none. */
  peek(key: string): V | undefined {
    return this.#values.get(key);
  }

  /** Returns the cached value, unless the running turn has changed its rows; undefined if there is none. */
  current(key: string): V | undefined {
    if (this.#changed.size > 0 && this.#changed.has(key)) return undefined;
    return this.#values.get(key);
  }

  /** Marks the key's rows as changed by the running turn; outside a turn, drops the value. */
  change(key: string): void {
    if (this.#cache.inTurn) {
      this.#changed.add(key);
      this.#cache.changed = true;
    } else {
      this.#values.delete(key);
    }
  }

  /** Drops values at the end of a turn: changed ones if it was kept, else loaded ones. */
  settle(kept: boolean): void {
    const gone = kept ? this.#changed : this.#filled;
    for (const key of gone) this.#values.delete(key);
    this.#changed.clear();
    this.#filled.length = 0;
  }

  clear(): void {
    this.#values.clear();
    this.settle(true);
  }
}

/** All cache tables of one server; the writer begins and settles each turn. */
export class RowCache {
  readonly #tables = new Map<object, CacheTable<unknown>>();
  inTurn = false;
  /** Whether the running turn has changed a cached row. */
  changed = false;

  table<V>(name: CacheName<V>): CacheTable<V> {
    let table = this.#tables.get(name);
    if (table === undefined) {
      table = new CacheTable<V>(this, name);
      this.#tables.set(name, table);
    }
    return table as CacheTable<V>;
  }

  begin(): void {
    this.inTurn = true;
    this.changed = false;
  }

  /** Ends a turn: drops what it changed, or, if it was rolled back, what it loaded. */
  settle(kept: boolean): void {
    this.inTurn = false;
    for (const table of this.#tables.values()) table.settle(kept);
  }

  clear(): void {
    this.inTurn = false;
    for (const table of this.#tables.values()) table.clear();
  }
}

/** Names a cache table and the type of its values. */
export interface CacheName<V> {
  readonly limit: number;
  /** What else bounds it, for values that differ much in size. */
  readonly weights?: Weights<V>;
}

/** Names a new table that keeps at most `limit` values. */
export function cacheName<V>(limit: number, weights?: Weights<V>): CacheName<V> {
  return weights === undefined ? { limit } : { limit, weights };
}

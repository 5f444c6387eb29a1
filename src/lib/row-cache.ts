// Values computed from committed rows, kept in memory, and dropped by the turn that changes the rows.
import { LeastRecentMap } from './least-recent.ts';

/** One kind of value by its key. */
export class CacheTable<V> {
  readonly #values: LeastRecentMap<string, V>;
  /** Keys that the running turn has changed: read past the cache until it ends. */
  readonly #changed = new Set<string>();
  /** Keys filled by the running turn, whose rows may yet be rolled back. */
  readonly #filled: string[] = [];
  readonly #cache: RowCache;

  constructor(cache: RowCache, limit: number) {
    this.#cache = cache;
    this.#values = new LeastRecentMap(limit);
  }

  /** The value, loaded when it is not here. */
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

  /** The value as of the last commit, if it is here. */
  peek(key: string): V | undefined {
    return this.#values.get(key);
  }

  /** Says that the running turn changes the rows behind this key. */
  change(key: string): void {
    if (this.#cache.inTurn) {
      this.#changed.add(key);
      this.#cache.changed = true;
    } else {
      this.#values.delete(key);
    }
  }

  /** Called by the cache when a turn ends. */
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

/** All tables of one server; the turn engine opens and settles it. */
export class RowCache {
  readonly #tables = new Map<object, CacheTable<unknown>>();
  inTurn = false;
  /** Whether the running turn has changed a cached row. */
  changed = false;

  table<V>(name: CacheName<V>): CacheTable<V> {
    let table = this.#tables.get(name);
    if (table === undefined) {
      table = new CacheTable<unknown>(this, name.limit);
      this.#tables.set(name, table);
    }
    return table as CacheTable<V>;
  }

  begin(): void {
    this.inTurn = true;
    this.changed = false;
  }

  /** Ends a turn: what it changed is dropped, or, when it was undone, what it loaded. */
  settle(kept: boolean): void {
    this.inTurn = false;
    for (const table of this.#tables.values()) table.settle(kept);
  }

  clear(): void {
    this.inTurn = false;
    for (const table of this.#tables.values()) table.clear();
  }
}

/** Names a table of the cache and the type of its values. */
export interface CacheName<V> {
  readonly limit: number;
  readonly holds?: V;
}

/** A table that keeps at most `limit` values. */
export function cacheName<V>(limit: number): CacheName<V> {
  return { limit };
}

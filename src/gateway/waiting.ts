// The sockets that have not begun a session yet. Nobody vouches for them, so only so many are kept.

/** Above these numbers the socket that has waited longest gives way: clients that mean it are quick. */
export const maxWaiting = { per_address: 2_500, in_all: 5_000 };

export class Waiting<S> {
  readonly #max: typeof maxWaiting;
  /** Each socket and where it comes from; the one that has waited longest first. */
  readonly #all = new Map<S, string>();
  readonly #byAddress = new Map<string, Set<S>>();

  constructor(max = maxWaiting) {
    this.#max = max;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Adds a socket; returns the one that has to give way to it, or null. */
  add(socket: S, address: string): S | null {
    this.#all.set(socket, address);
    let same = this.#byAddress.get(address);
    if (same === undefined) {
      same = new Set();
      this.#byAddress.set(address, same);
    }
    same.add(socket);
    const isFullHere = same.size > this.#max.per_address;
    if (!isFullHere && this.#all.size <= this.#max.in_all) return null;
    const [oldest] = isFullHere ? same : this.#all.keys();
    if (oldest === undefined) return null;
    this.delete(oldest);
    return oldest;
  }

  delete(socket: S): void {
    const address = this.#all.get(socket);
    if (address === undefined) return;
    this.#all.delete(socket);
    const same = this.#byAddress.get(address);
    same?.delete(socket);
    if (same?.size === 0) this.#byAddress.delete(address);
  }
}

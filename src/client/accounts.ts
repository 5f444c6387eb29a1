// The accounts that a client knows, by id, and by username without walking all of them.
import type { User } from './wire.ts';

export class Accounts extends Map<string, User> {
  readonly #ids = new Map<string, string>();

  /** Who is called so now; undefined if nobody who is known is. */
  named(username: string): User | undefined {
    const id = this.#ids.get(username);
    return id === undefined ? undefined : this.get(id);
  }

  override set(id: string, user: User): this {
    const before = this.get(id)?.username;
    if (before !== undefined && before !== user.username) this.#unname(id, before);
    this.#ids.set(user.username, id);
    return super.set(id, user);
  }

  override delete(id: string): boolean {
    const before = this.get(id)?.username;
    if (before !== undefined) this.#unname(id, before);
    return super.delete(id);
  }

  override clear(): void {
    this.#ids.clear();
    super.clear();
  }

  /** Somebody else may be called so by now, as whoever was heard of last. */
  #unname(id: string, username: string): void {
    if (this.#ids.get(username) === id) this.#ids.delete(username);
  }
}

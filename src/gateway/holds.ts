// Sessions that dropped a moment ago: their presence and voice are held for a limited time.
import type { StateName } from '../app.ts';

interface Hold {
  user_id: string;
  until: number;
}

export class Holds {
  /** By session id, in the order in which they end, since all last equally long. */
  readonly #holds = new Map<string, Hold>();
  /**
   * Sessions that hear nothing, although their records do not say so: they have just dropped, or wait
   * for READY. Session id to user id.
   */
  readonly leaving = new Map<string, string>();

  /** The number of held sessions. */
  get size(): number {
    return this.#holds.size;
  }

  add(session_id: string, user_id: string, until: number): void {
    this.#holds.delete(session_id);
    this.#holds.set(session_id, { user_id, until });
  }

  /** Holds a session for longer, if it is held. */
  renew(session_id: string, until: number): void {
    const hold = this.#holds.get(session_id);
    if (hold !== undefined) this.add(session_id, hold.user_id, until);
  }

  delete(session_id: string): void {
    this.#holds.delete(session_id);
  }

  /** The accounts of held sessions; an account with several comes several times. */
  *user_ids(): Generator<string> {
    for (const { user_id } of this.#holds.values()) yield user_id;
  }

  isOver(session_id: string, now: number): boolean {
    const hold = this.#holds.get(session_id);
    return hold !== undefined && hold.until <= now;
  }

  /** Returns the sessions whose time is up, at most `max`. */
  due(now: number, max: number): { session_id: string; user_id: string }[] {
    const due: { session_id: string; user_id: string }[] = [];
    for (const [session_id, { user_id, until }] of this.#holds) {
      if (until > now || due.length >= max) break;
      due.push({ session_id, user_id });
    }
    return due;
  }
}

const name: StateName<Holds> = { create: () => new Holds() };

/** Returns the holds of this server. */
export function holdsOf(app: { state<T>(name: StateName<T>): T }): Holds {
  return app.state(name);
}

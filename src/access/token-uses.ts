// Remembers in memory when tokens were used, so that no request has to write it.
import type { App, StateName } from '../app.ts';
import type { Clock } from '../lib/clock.ts';
import { resolveToken, type Actor } from './tokens.ts';

/** A use is written so long after the first one that was not: once in this time at most. */
const written_ms = 3_600_000;

/** As many tokens as are kept in memory by themselves; of others no use is noted until then. */
const max = 50_000;

interface Use {
  /** When it was first used since its last use was written, by `clock.steady()`. */
  readonly since: number;
  /** When it was used last, in Unix milliseconds. */
  used_at: number;
}

/** The hash of a token, and when it was used last, in Unix milliseconds. */
export type UsedToken = readonly [hash: string, used_at: number];

export class TokenUses {
  readonly #clock: Clock;
  /** By the hash of the token, in the order in which they are due to be written. */
  readonly #uses = new Map<string, Use>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes that the token is used now. Bots have no logins. */
  note({ bot, token_hash }: Pick<Actor, 'bot' | 'token_hash'>): void {
    if (bot) return;
    const known = this.#uses.get(token_hash);
    if (known !== undefined) known.used_at = this.#clock.now();
    else if (this.#uses.size < max) {
      this.#uses.set(token_hash, { since: this.#clock.steady(), used_at: this.#clock.now() });
    }
  }

  /** When the token was last used, in Unix milliseconds, if that is not written yet. */
  lastOf(token_hash: string): number | undefined {
    return this.#uses.get(token_hash)?.used_at;
  }

  /** Returns uses that are to be written now, at most `count`; `isLast`: all of them are. */
  due(count: number, isLast = false): UsedToken[] {
    const until = this.#clock.steady() - written_ms;
    const found: UsedToken[] = [];
    for (const [hash, { since, used_at }] of this.#uses) {
      if (found.length >= count || (!isLast && since > until)) break;
      found.push([hash, used_at]);
    }
    return found;
  }

  /** Forgets uses that are written. */
  forget(written: readonly UsedToken[]): void {
    for (const [hash] of written) this.#uses.delete(hash);
  }
}

export const tokenUses: StateName<TokenUses> = { create: ({ clock }) => new TokenUses(clock) };

/** Returns the account of a request's token, as `resolveToken`, and notes that the token is used. */
export function resolveUse(app: App, authorization: string | null): Actor | null {
  const actor = resolveToken(app, authorization);
  if (actor !== null) app.state(tokenUses).note(actor);
  return actor;
}

// Keeps wrong passwords and codes of late for instance admins: many of them in one turn.
import type { App, StateName } from '../../../app.ts';
import type { Db, Tx } from '../../../db/open.ts';
import type { Cancel } from '../../../lib/clock.ts';
import { repeat } from '../../../lib/repeat.ts';
import { time } from '../../shapes.ts';
import type { FailedLogin, FailedLoginsQuery } from './schema.ts';

/** So many are kept, for so long. */
const [max, kept_ms] = [1_000, 7 * 86_400_000];
/** So many wait to be written; what does not fit is dropped. */
const maxWaiting = 1_000;
const [pause_ms, hour_ms] = [1_000, 3_600_000];

export interface Failure {
  readonly kind: FailedLogin['kind'];
  /** The account that was meant, if there is one. What was typed is not kept. */
  readonly user_id: string | null;
  readonly address: string;
}

class FailedLogins {
  readonly #app: App;
  #waiting: (Failure & { at: number })[] = [];
  #cancel: Cancel | null = null;

  constructor(app: App) {
    this.#app = app;
  }

  /** Has a failure written within about a second. */
  add(failure: Failure): void {
    if (this.#waiting.length >= maxWaiting) return;
    this.#waiting.push({ ...failure, at: this.#app.clock.now() });
    this.#cancel ??= this.#app.clock.after(pause_ms, () => void this.write());
  }

  /** Writes what waits; what cannot be written now is lost. */
  async write(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    const rows = this.#waiting;
    this.#waiting = [];
    if (rows.length === 0) return;
    const before_ms = this.#app.trusted.now() - kept_ms;
    try {
      await this.#app.write(({ tx }) => {
        insertAll(tx, rows);
        forgetOld(tx, before_ms);
      });
    } catch (error) {
      this.#app.log.warn({ err: error }, 'refused attempts could not be kept');
    }
  }
}

/** Those of a server. */
export const failedLogins: StateName<FailedLogins> = { create: (app) => new FailedLogins(app) };

/** Begins to forget what is too old; returns a function that stops it. */
export function startFailedLogins(app: App): () => void {
  const stop = repeat({
    clock: app.clock,
    interval_ms: hour_ms,
    async work() {
      const before_ms = app.trusted.now() - kept_ms;
      await app.write(({ tx }) => forgetOld(tx, before_ms));
    },
    failed: (error) =>
      app.log.error({ err: error }, 'forgetting refused attempts failed; it is tried again'),
  });
  return () => {
    stop();
    void app.state(failedLogins).write();
  };
}

function insertAll(tx: Tx, rows: readonly (Failure & { at: number })[]): void {
  tx.sqlite
    .query(
      // The account may be deleted by now: nothing is to say from where it was tried.
      `INSERT INTO failed_logins (user_id, address, kind, at)
       SELECT (SELECT id FROM users WHERE id = value ->> 'user_id' AND deleted_at IS NULL), value ->> 'address',
              value ->> 'kind', value ->> 'at'
         FROM json_each(?)`,
    )
    .run(JSON.stringify(rows));
}

/** Removes what was written before a time, and the oldest beyond what is kept. */
function forgetOld(tx: Tx, before_ms: number): void {
  tx.sqlite.query('DELETE FROM failed_logins WHERE at < ?').run(before_ms);
  tx.sqlite
    .query(
      `DELETE FROM failed_logins WHERE id IN
         (SELECT id FROM failed_logins WHERE id > 0 ORDER BY id DESC LIMIT -1 OFFSET ${max})`,
    )
    .run();
}

/** Returns a page of refused attempts, the newest first. */
export function failedLoginPage(db: Db, { limit, after }: FailedLoginsQuery): FailedLogin[] {
  return db.sqlite
    .rows(
      { id: 'text', username: 'text?', address: 'text', kind: 'text', at: 'number' },
      `SELECT cast(f.id AS text) AS id, u.username, f.address, f.kind, f.at
         FROM failed_logins f LEFT JOIN users u ON u.id = f.user_id AND u.deleted_at IS NULL
        WHERE f.id < cast(? AS integer) ORDER BY f.id DESC LIMIT ?`,
    )
    .all(after ?? String(2n ** 63n - 1n), limit)
    .map(({ id, username, address, kind, at }) => ({
      id,
      ...(username === null ? {} : { username }),
      address,
      at: time(at),
      kind: kind as FailedLogin['kind'],
    }));
}

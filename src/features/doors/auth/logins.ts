// SQL of logins: from where each token was given out, and what became of it.
import { getTableColumns, sql } from 'drizzle-orm';
import type { UsedToken } from '../../../access/token-uses.ts';
import { placeholders } from '../../../db/derived.ts';
import { prepared, type Db, type Tx } from '../../../db/open.ts';
import { logins } from '../../../db/schema/doors.ts';

export type LoginRow = typeof logins.$inferSelect;

/** The maximum number of rows of one account that are kept, beside those of living tokens. */
const max = 200;

const insert = prepared((orm) =>
  orm
    .insert(logins)
    .values(placeholders(getTableColumns(logins)))
    .prepare(),
);

/** Writes a login; the oldest ended ones of the account beyond what is kept go. */
export function insertLogin(tx: Tx, row: LoginRow): void {
  insert(tx).run(row);
  tx.sqlite
    .query(
      `DELETE FROM logins WHERE token_hash IN
         (SELECT token_hash FROM logins WHERE user_id = ? ORDER BY created_at DESC LIMIT -1 OFFSET ${max})
        AND NOT EXISTS (SELECT 1 FROM tokens WHERE hash = logins.token_hash)`,
    )
    .run(row.user_id);
}

const shape = {
  token_hash: 'text',
  address: 'text',
  device: 'text',
  created_at: 'number',
  last_used_at: 'number',
} as const;

/** A login as it is kept. */
export interface KeptLogin {
  token_hash: string;
  /** The whole address; "" if it is not known. */
  address: string;
  device: string;
  created_at: number;
  last_used_at: number;
}

/** Returns the kept logins of an account, the newest first: a few hundred at most. */
export function loginsOf(db: Db, user_id: string): KeptLogin[] {
  return db.sqlite
    .rows(
      shape,
      `SELECT token_hash, address, device, created_at, last_used_at FROM logins
        WHERE user_id = ? ORDER BY created_at DESC, rowid DESC`,
    )
    .all(user_id);
}

/**
 * Returns the logins of an account whose tokens are valid. Those of tokens from before logins were
 * kept are among them, without address and device. `now` in Unix milliseconds.
 */
export function livingLogins(
  db: Db,
  user_id: string,
  now: number,
): (KeptLogin & { expires_at: number })[] {
  return db.sqlite
    .rows(
      { ...shape, expires_at: 'number' },
      `SELECT t.hash AS token_hash, coalesce(l.address, '') AS address, coalesce(l.device, '') AS device,
              coalesce(l.created_at, t.created_at) AS created_at,
              coalesce(l.last_used_at, t.created_at) AS last_used_at, t.expires_at
         FROM tokens t LEFT JOIN logins l ON l.token_hash = t.hash
        WHERE t.user_id = ? AND t.kind = 'user' AND t.expires_at > ?`,
    )
    .all(user_id, now);
}

/** Returns the addresses from which an account has logged in since a time. */
export function addressesSince(db: Db, user_id: string, since_ms: number): string[] {
  return db.sqlite
    .rows(
      { address: 'text' },
      'SELECT address FROM logins WHERE user_id = ? AND created_at > ? ORDER BY created_at DESC',
    )
    .all(user_id, since_ms)
    .map(({ address }) => address);
}

/** Tells whether the account has logged in before, as far as that is kept. */
export function hasLoggedIn(db: Db, user_id: string): boolean {
  const before = `SELECT 1 AS found FROM tokens WHERE user_id = ?1
    UNION ALL SELECT 1 FROM logins WHERE user_id = ?1 LIMIT 1`;
  return db.sqlite.rows({ found: 'number' }, before).get(user_id) !== null;
}

const newest = prepared((orm) =>
  orm
    .select({ device: logins.device, address: logins.address, at: logins.created_at })
    .from(logins)
    .where(
      sql`${logins.user_id} = ${sql.placeholder('user_id')} AND ${logins.is_new} = 1
        AND ${logins.token_hash} <> ${sql.placeholder('token_hash')}`,
    )
    .orderBy(sql`${logins.created_at} DESC`)
    .limit(1)
    .prepare(),
);

/**
 * Returns the newest login that the account has not looked at, and that came from a new address;
 * not that of the token itself.
 */
export function newLogin(
  db: Db,
  user_id: string,
  token_hash: string,
): (Pick<LoginRow, 'device' | 'address'> & { at: number }) | undefined {
  return newest(db).get({ user_id, token_hash });
}

/** Notes that an account has seen its new logins, by a token that none of them gave out. */
export function markSeen(tx: Tx, user_id: string, token_hash: string): void {
  tx.sqlite
    .query('UPDATE logins SET is_new = 0 WHERE user_id = ? AND is_new = 1 AND token_hash <> ?')
    .run(user_id, token_hash);
}

/** Writes when tokens were used last. Those from before logins were kept get a row without a device. */
export function writeUses(tx: Tx, used: readonly UsedToken[]): void {
  const uses = JSON.stringify(used);
  tx.sqlite
    .query(
      `INSERT INTO logins (token_hash, user_id, address, device, created_at, last_used_at)
       SELECT t.hash, t.user_id, '', '', t.created_at, t.created_at
         FROM json_each(?) u CROSS JOIN tokens t ON t.hash = u.value ->> 0
        WHERE NOT EXISTS (SELECT 1 FROM logins WHERE token_hash = t.hash)`,
    )
    .run(uses);
  tx.sqlite
    .query(
      `UPDATE logins SET last_used_at = max(logins.last_used_at, u.value ->> 1)
         FROM json_each(?) u WHERE logins.token_hash = u.value ->> 0`,
    )
    .run(uses);
}

/** Where looking through old logins goes on. */
export interface Behind {
  last_used_at: number;
  user_id: string;
  rowid: number;
}

/** Before all logins. */
export const beforeAll: Behind = { last_used_at: -1, user_id: '', rowid: 0 };

/**
 * Removes ended logins that were last used before a time, among the next `slice` of them; returns where
 * to go on, or null. Both times in Unix milliseconds.
 */
export function forgetLogins(
  tx: Tx,
  { before_ms, now_ms }: { before_ms: number; now_ms: number },
  { last_used_at, user_id, rowid }: Behind,
  slice: number,
): Behind | null {
  const rows = tx.sqlite
    .rows(
      { rowid: 'number', last_used_at: 'number', user_id: 'text' },
      `SELECT rowid, last_used_at, user_id FROM logins
        WHERE last_used_at < ? AND (last_used_at, user_id, rowid) > (?, ?, ?)
        ORDER BY last_used_at, user_id, rowid LIMIT ?`,
    )
    .all(before_ms, last_used_at, user_id, rowid, slice);
  tx.sqlite
    .query(
      `DELETE FROM logins WHERE rowid IN (SELECT value FROM json_each(?))
         AND NOT EXISTS (SELECT 1 FROM tokens t
                          WHERE t.hash = logins.token_hash AND t.expires_at > ?)`,
    )
    .run(JSON.stringify(rows.map((row) => row.rowid)), now_ms);
  return rows.length < slice ? null : (rows.at(-1) ?? null);
}

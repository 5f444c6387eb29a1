// SQL of the lists of accounts and spaces, each statement a slice of bounded size.
import type { Db } from '../../../db/open.ts';

/** What a list looks at of a row, to tell whether it belongs on the page. */
export interface Looked {
  readonly id: string;
  readonly name: string;
  /** 1: it is deleted, and its row stays while something names it. */
  readonly gone: number;
}

const looked = { id: 'text', name: 'text', gone: 'number' } as const;

/** Returns accounts by id, above `after` ("" for the beginning). */
export function accountsAfter(db: Db, after: string, limit: number): Looked[] {
  return db.sqlite
    .rows(
      looked,
      `SELECT id, username AS name, deleted_at IS NOT NULL OR bot = 1 AND NOT EXISTS
           (SELECT 1 FROM applications a WHERE a.bot_user_id = users.id) AS gone
         FROM users WHERE id > ? ORDER BY id LIMIT ?`,
    )
    .all(after, limit);
}

/** Returns spaces by id, above `after` ("" for the beginning). */
export function spacesAfter(db: Db, after: string, limit: number): Looked[] {
  return db.sqlite
    .rows(looked, 'SELECT id, name, 0 AS gone FROM live_spaces WHERE id > ? ORDER BY id LIMIT ?')
    .all(after, limit);
}

/** Returns in how many spaces each of the accounts is, by id; those that are in none are left out. */
export function spaceCounts(db: Db, user_ids: readonly string[]): Map<string, number> {
  const rows = db.sqlite
    .rows(
      { id: 'text', count: 'number' },
      `SELECT m.user_id AS id, count(*) AS count
         FROM json_each(?) asked
         CROSS JOIN members m ON m.user_id = asked.value
         JOIN live_spaces s ON s.id = m.space_id GROUP BY m.user_id`,
    )
    .all(JSON.stringify(user_ids));
  return new Map(rows.map(({ id, count }) => [id, count]));
}

/** Counts the next members of a space, above `after`; `last` is the last of them, null at the end. */
export function countSomeMembers(db: Db, space_id: string, after: string, limit: number) {
  const row = db.sqlite
    .rows(
      { count: 'number', last: 'text?' },
      `SELECT count(*) AS count, max(user_id) AS last FROM
         (SELECT user_id FROM members WHERE space_id = ? AND user_id > ? ORDER BY user_id LIMIT ?)`,
    )
    .get(space_id, after, limit);
  const { count = 0, last = null } = row ?? {};
  return { count, last: count < limit ? null : last };
}

/** An owner of files. */
export interface StorageRow {
  readonly id: string;
  readonly bytes: number;
  readonly files: number;
}

type Owner = 'account' | 'space';

function bytesOf(db: Db, kind: Owner, id: string): number | undefined {
  return db.sqlite
    .rows({ bytes: 'number' }, 'SELECT bytes FROM storage_sums WHERE kind = ? AND id = ?')
    .get(kind, id)?.bytes;
}

/**
 * Returns how much accounts or spaces take, the largest first, behind the one of that id. `bytes`: what
 * that one took; null: as it takes now. If it takes nothing any more, the list begins at the start.
 */
export function largestOwners(
  db: Db,
  kind: Owner,
  { id, bytes = null }: { id: string; bytes?: number | null },
  limit: number,
): StorageRow[] {
  const most = bytes ?? bytesOf(db, kind, id) ?? Number.MAX_SAFE_INTEGER;
  return db.sqlite
    .rows(
      { id: 'text', bytes: 'number', files: 'number' },
      `SELECT id, bytes, files FROM storage_sums
        WHERE kind = ? AND (bytes, id) < (?, ?) ORDER BY bytes DESC, id DESC LIMIT ?`,
    )
    .all(kind, most, id, limit);
}

/** Returns the names of accounts or spaces by id; deleted ones are left out. */
export function namesOf(db: Db, kind: Owner, ids: readonly string[]): Map<string, string> {
  const sql =
    kind === 'account'
      ? `SELECT u.id AS id, u.username AS name FROM json_each(?) asked
           CROSS JOIN users u ON u.id = asked.value WHERE u.deleted_at IS NULL`
      : `SELECT s.id AS id, s.name AS name FROM json_each(?) asked
           CROSS JOIN live_spaces s ON s.id = asked.value`;
  const rows = db.sqlite.rows({ id: 'text', name: 'text' }, sql).all(JSON.stringify(ids));
  return new Map(rows.map(({ id, name }) => [id, name]));
}

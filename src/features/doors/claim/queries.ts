// SQL of who administers the server.
import type { Db } from '../../../db/open.ts';

// `id` is named so that the index of administrators is searched, which looks at them alone.
const enabled = "id > '' AND is_admin = 1 AND disabled = 0 AND deleted_at IS NULL";

/** Tells whether an account that a person can log in to administers the server. */
export function hasAdmin(db: Db): boolean {
  const found = db.sqlite
    .rows({ one: 'number' }, `SELECT 1 AS one FROM users WHERE ${enabled} AND bot = 0 LIMIT 1`)
    .get();
  return found !== null;
}

/** The maximum number of administrators that are told something. */
const maxTold = 1_000;

/** Returns the ids of the accounts that administer the server. */
export function adminIds(db: Db): string[] {
  return db.sqlite
    .rows({ id: 'text' }, `SELECT id FROM users WHERE ${enabled} ORDER BY id LIMIT ${maxTold}`)
    .all()
    .map(({ id }) => id);
}

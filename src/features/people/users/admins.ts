// Who administers the server, and that it never loses the last one who does.
import type { Turn } from '../../../app.ts';
import type { Db } from '../../../db/open.ts';
import { ApiError } from '../../../errors.ts';
import { findUsers, type UserRow } from './queries.ts';

// `id` is named so that the index of admins is searched, which looks at them alone.
const admin = "id > '' AND is_admin = 1 AND deleted_at IS NULL";
const enabled = `${admin} AND disabled = 0`;

/** Tells whether a person who can sign in administers the server, other than `but`. */
export function hasAdmin(db: Db, but = ''): boolean {
  const found = db.sqlite
    .rows(
      { one: 'number' },
      `SELECT 1 AS one FROM users WHERE ${enabled} AND id <> ? AND NOT bot AND NOT system LIMIT 1`,
    )
    .get(but);
  return found !== null;
}

/** The maximum number of admins that are listed, or told something. */
const max = 1_000;

const idsWhere = (db: Db, condition: string) =>
  db.sqlite
    .rows({ id: 'text' }, `SELECT id FROM users WHERE ${condition} ORDER BY id LIMIT ${max}`)
    .all()
    .map(({ id }) => id);

/** Returns the ids of the accounts that administer the server and are not disabled. */
export const adminIds = (db: Db): string[] => idsWhere(db, enabled);

/** Returns the accounts that administer the server, also those that are disabled, the oldest first. */
export function listedAdmins(db: Db): UserRow[] {
  const ids = idsWhere(db, admin);
  const rows = new Map(findUsers(db, ids).map((row) => [row.id, row]));
  return ids.flatMap((id) => rows.get(id) ?? []);
}

/**
 * Refuses (400) what would leave the server without an instance admin who can sign in: demoting,
 * disabling or deleting the last one. `row`: the account that would not be one any more.
 */
export function refuseLosingAdmin(turn: Turn, row: UserRow): void {
  const { id, is_admin, disabled, bot } = row;
  if (!is_admin || disabled || bot || hasAdmin(turn.tx, id)) return;
  throw new ApiError('invalid_request', 'This is the last instance admin: make another one first.');
}

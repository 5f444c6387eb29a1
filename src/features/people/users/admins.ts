// Keeps a server from losing the last account that administers it.
import type { Turn } from '../../../app.ts';
import type { Db } from '../../../db/open.ts';
import { ApiError } from '../../../errors.ts';
import type { UserRow } from './queries.ts';

/** Tells whether a person other than this one administers the server and can sign in. */
function hasOtherAdmin(db: Db, id: string): boolean {
  const row = db.sqlite
    .query(
      `SELECT 1 FROM users WHERE is_admin = 1 AND id > '' AND id <> ?
          AND NOT disabled AND NOT bot AND NOT system AND deleted_at IS NULL LIMIT 1`,
    )
    .get(id);
  return row !== null;
}

/**
 * Refuses (400) what would leave the server without an instance admin who can sign in: demoting,
 * disabling or deleting the last one. `row`: the account that would not be one any more.
 */
export function refuseLosingAdmin(turn: Turn, row: UserRow): void {
  const { id, is_admin, disabled, bot } = row;
  if (!is_admin || disabled || bot || hasOtherAdmin(turn.tx, id)) return;
  throw new ApiError('invalid_request', 'This is the last instance admin: make another one first.');
}

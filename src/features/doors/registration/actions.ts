// Registers accounts.
import type { Turn } from '../../../app.ts';
import type { Db } from '../../../db/open.ts';
import { ApiError } from '../../../errors.ts';
import { claimAdmin, readSettings } from '../../base/settings/queries.ts';
import { knownUser } from '../../people/users/actions.ts';
import { refuseTakenName } from '../../people/users/names.ts';
import { insertUser, type UserRow } from '../../people/users/queries.ts';
import { changeOwner, grantRole, isFull, join } from '../../spaces/members/actions.ts';
import { rolesOf } from '../../spaces/roles/queries.ts';
import { oldestSpace } from '../../spaces/spaces/queries.ts';

/** Refuses registrations where the server takes none. */
export function refuseClosed(db: Db): void {
  if (readSettings(db).registration_policy !== 'open') {
    throw new ApiError('forbidden', 'This server takes no registrations.');
  }
}

/** Makes an account in the first space; the very first account administers the server. */
export function register(
  turn: Turn,
  wish: { username: string; display_name: string | null; password_hash: string },
): UserRow {
  refuseClosed(turn.tx);
  refuseTakenName(turn, wish.username, { for: null });
  const id = turn.id();
  const is_admin = claimAdmin(turn.tx);
  const display_name = wish.display_name ?? wish.username;
  insertUser(turn.tx, { ...wish, id, display_name, is_admin, created_at: turn.now });
  const home = oldestSpace(turn.tx);
  // If the first space is full, the account exists without it.
  if (home !== undefined && !isFull(turn, home.id)) {
    join(turn, home.id, id);
    if (is_admin) {
      changeOwner(turn, home.id, id);
      const admin = rolesOf(turn.tx, home.id).find(({ name }) => name === 'Admin');
      if (admin !== undefined) grantRole(turn, home.id, id, admin.id);
    }
  }
  return knownUser(turn, id);
}

// Changes accounts, and tells it.
import { acquaintancesOf } from '../../../access/acquaintances.ts';
import { botsOf } from '../../../access/bots.ts';
import { changesToken, tokensOf } from '../../../access/tokens.ts';
import type { Turn } from '../../../app.ts';
import { ApiError, noSuch } from '../../../errors.ts';
import { nobody } from '../../../events/event.ts';
import { swapImages } from '../../base/files/images.ts';
import { changesUser } from './memory.ts';
import { adminChanged, ownUserUpdated, userUpdated } from './events.ts';
import {
  findSystemUser,
  findUser,
  findUserByName,
  insertUser,
  updateUser,
  type NewUserRow,
  type UserRow,
} from './queries.ts';
import { isReserved, reservedName } from './schema.ts';
import { ownUser, publicUser } from './view.ts';

/** Returns the account; throws 404 if there is none. */
export function knownUser(turn: Turn, id: string): UserRow {
  const row = findUser(turn.tx, id);
  if (row === undefined) throw noSuch('user');
  return row;
}

/** Changes an account, tells those who know it, then its own sessions in full. */
export function changeUser(turn: Turn, id: string, change: Partial<NewUserRow>): UserRow {
  const before = knownUser(turn, id);
  if (change.username !== undefined && change.username !== before.username) {
    if (isReserved(change.username)) {
      throw new ApiError('invalid_request', `username: ${reservedName}.`, {
        details: { username: reservedName },
      });
    }
    if (findUserByName(turn.tx, change.username) !== undefined) {
      throw new ApiError('already_exists', 'Somebody has that name already.');
    }
  }
  const { avatar, banner, ...plain } = change;
  const images = swapImages(turn.tx, before, { avatar, banner });
  updateUser(turn.tx, id, { ...plain, ...images });
  changesUser(turn.app, id);
  const after = knownUser(turn, id);
  changesStanding(turn, before, after);
  if (!Bun.deepEquals(after, before)) tellUser(turn, before, after);
  return after;
}

/** Has the caches forget what tokens stand for, and access looked at again, where that changed. */
function changesStanding(turn: Turn, before: UserRow, { id, is_admin, disabled }: UserRow): void {
  if (is_admin === before.is_admin && disabled === before.disabled) return;
  // The tokens of bots depend on their owner.
  for (const user_id of [id, ...botsOf(turn.tx, id)]) {
    for (const hash of tokensOf(turn.tx, user_id)) changesToken(turn.app, hash);
  }
  if (is_admin !== before.is_admin) turn.tell(adminChanged, nobody, { user_id: id });
}

/** Tells how an account looks now, to those who see a difference. */
function tellUser(turn: Turn, before: UserRow, after: UserRow): void {
  const { id } = after;
  const shown = publicUser(after);
  if (!Bun.deepEquals(shown, publicUser(before))) {
    const { space_ids, user_ids } = acquaintancesOf(turn.tx, id);
    const others = user_ids.filter((one) => one !== id);
    turn.tell(userUpdated, { space_ids, user_ids: others }, shown);
  }
  const own = ownUser(after);
  if (!Bun.deepEquals(own, ownUser(before))) turn.tell(ownUserUpdated, { user_ids: [id] }, own);
}

/** Has the account set a new password before it may do anything else. */
export function requireNewPassword(turn: Turn, id: string): void {
  changeUser(turn, id, { force_password_reset: true });
}

/** Returns the id of the server's own account, and makes the account if it is missing. */
export function systemUser(turn: Turn): string {
  const known = findSystemUser(turn.tx);
  if (known !== undefined) return known.id;
  const id = turn.id();
  insertUser(turn.tx, {
    id,
    // Usernames that people choose have no upper-case letters.
    username: 'System',
    display_name: 'System',
    system: true,
    created_at: turn.now,
  });
  return id;
}

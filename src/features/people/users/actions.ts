// Changes accounts, and tells it.
import { acquaintancesOf } from '../../../access/acquaintances.ts';
import { botsOf } from '../../../access/bots.ts';
import { changesToken, tokensOf, unsettle } from '../../../access/tokens.ts';
import type { Turn } from '../../../app.ts';
import type { Db } from '../../../db/open.ts';
import { noSuch } from '../../../errors.ts';
import { nobody } from '../../../events/event.ts';
import { swapImages } from '../../base/files/images.ts';
import { changesUser } from './memory.ts';
import { adminChanged, ownUserUpdated, userUpdated } from './events.ts';
import { changeName, type Namer } from './names.ts';
import {
  findSystemUser,
  findUser,
  insertUser,
  isGone,
  updateUser,
  type NewUserRow,
  type UserRow,
} from './queries.ts';
import { ownUser, publicUser } from './view.ts';

/** Returns the account; throws 404 if there is none, or if it is deleted. */
export function knownUser({ tx }: { tx: Db }, id: string): UserRow {
  const row = findUser(tx, id);
  if (row === undefined || isGone(row)) throw noSuch('user');
  return row;
}

/**
 * Changes an account, tells those who know it, then its own sessions in full. `by` says who changes its
 * user name, if that changes: see `Namer`.
 */
export function changeUser(
  turn: Turn,
  id: string,
  change: Partial<NewUserRow>,
  by: Namer = 'owner',
): UserRow {
  const before = knownUser(turn, id);
  const { username = before.username } = change;
  if (username !== before.username) changeName(turn, before, username, by);
  const { avatar, banner, ...plain } = change;
  const images = swapImages(turn.tx, before, { avatar, banner });
  updateUser(turn.tx, id, { ...plain, ...images });
  changesUser(turn.app, id);
  const after = knownUser(turn, id);
  if (!Bun.deepEquals(after, before)) tellUser(turn, before, after);
  changesStanding(turn, before, after);
  return after;
}

/** Has the caches forget what tokens stand for, and access looked at again, where that changed. */
function changesStanding(turn: Turn, before: UserRow, after: UserRow): void {
  const { id, is_admin, disabled } = after;
  const isSettled = after.force_password_reset === before.force_password_reset;
  if (is_admin === before.is_admin && disabled === before.disabled && isSettled) return;
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

/**
 * Has a person set a new password before anything else: their tokens stay for that, their sockets
 * close in this turn.
 */
export function requireNewPassword(turn: Turn, id: string): void {
  changeUser(turn, id, { force_password_reset: true });
  unsettle(turn, id);
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

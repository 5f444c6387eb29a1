// What instance admins, and the operator at the machine, do to accounts.
import { botOwner, botsOf } from '../../../access/bots.ts';
import { revokeTokens, suspendTokens, tokensOf } from '../../../access/tokens.ts';
import type { Turn } from '../../../app.ts';
import { ApiError, noSuch } from '../../../errors.ts';
import { differences } from '../../../lib/differences.ts';
import { recordAct, type Overseer } from '../../base/admin-log/actions.ts';
import { replacePassword } from '../../doors/auth/actions.ts';
import { endRecoveryCodes } from '../../doors/recovery/actions.ts';
import { dropSecondFactor } from '../../doors/second-factor/actions.ts';
import { changeUser, knownUser, requireNewPassword } from '../../people/users/actions.ts';
import { refuseLosingAdmin } from '../../people/users/admins.ts';
import { type UserRow } from '../../people/users/queries.ts';
import type { Db } from '../../../db/open.ts';

/** What an instance admin changes of an account; what is undefined stays as it is. */
export interface AccountChange {
  is_admin?: boolean | undefined;
  disabled?: boolean | undefined;
  force_password_reset?: boolean | undefined;
  username?: string | undefined;
  display_name?: string | null | undefined;
}

/** Tells whether an account is deleted, a bot without application too: its row stays while something names it. */
export function isDeleted(db: Db, { id, bot, deleted_at }: UserRow): boolean {
  return deleted_at !== null || (bot && botOwner(db, id) === null);
}

/** Returns an account that is not deleted; throws 404 if there is none. */
export function knownAccount(turn: Turn, user_id: string): UserRow {
  const row = knownUser(turn, user_id);
  if (isDeleted(turn.tx, row)) throw noSuch('user');
  return row;
}

const wrong = (message: string) => new ApiError('invalid_request', message);

/** Refuses to touch the account of the server itself. */
export function refuseSystem({ system }: UserRow): void {
  if (system) throw wrong('This is the account of the server itself: it stays as it is.');
}

function refuseForBots(change: AccountChange): void {
  if (change.is_admin) throw wrong('A bot cannot be made an instance admin.');
  if (change.force_password_reset) throw wrong('A bot has no password.');
  if (change.username !== undefined) throw wrong('The user name of a bot stays as it is.');
}

/** Refuses changes by which the server would lose its admins, or that make no sense. */
function refuseChange(turn: Turn, by: Overseer, row: UserRow, change: AccountChange): void {
  refuseSystem(row);
  if (row.bot) refuseForBots(change);
  const { is_admin = row.is_admin, disabled = row.disabled } = change;
  if (by?.id === row.id) {
    if (row.is_admin && !is_admin) throw wrong('Another instance admin has to take this from you.');
    if (disabled) throw wrong('You cannot disable your own account.');
  }
  if (row.is_admin && (!is_admin || disabled)) refuseLosingAdmin(turn, row);
}

/** Ends whatever an account that was just disabled is doing. Bots keep their tokens, which do not count. */
function stop(turn: Turn, { id, bot }: UserRow): void {
  if (bot) return suspendTokens(turn, id);
  revokeTokens(turn, id, tokensOf(turn.tx, id));
  for (const bot_id of botsOf(turn.tx, id)) suspendTokens(turn, bot_id);
}

const recorded = ({
  username,
  display_name,
  is_admin,
  disabled,
  force_password_reset,
}: UserRow) => ({ username, display_name, is_admin, disabled, force_password_reset });

/**
 * Changes an account; what it does ends in the same turn if it is disabled, and what its sessions hear
 * moves if it begins or ceases to be an instance admin. Throws 404 for an unknown account, 400 for
 * changes of oneself that would lock one out, for those that would lose the last instance admin, and
 * for what bots and the server's own account do not have, 409 for a user name that is taken.
 */
export function changeAccount(
  turn: Turn,
  by: Overseer,
  user_id: string,
  change: AccountChange,
): UserRow {
  const before = knownAccount(turn, user_id);
  refuseChange(turn, by, before, change);
  const { force_password_reset, ...others } = change;
  if (force_password_reset === true) requireNewPassword(turn, user_id);
  if (force_password_reset === false) changeUser(turn, user_id, { force_password_reset });
  const given = Object.entries(others).filter(([, value]) => value !== undefined);
  const after = changeUser(turn, user_id, Object.fromEntries(given), 'admin');
  if (after.disabled && !before.disabled) stop(turn, after);
  const changes = differences(recorded(before), recorded(after));
  const target = { type: 'user', id: user_id } as const;
  if (changes !== null) recordAct(turn, by, { action: 'user_update', target, changes });
  return after;
}

/** Makes a person an instance admin, or takes that away; throws as `changeAccount` does. */
export function setAdmin(turn: Turn, by: Overseer, user_id: string, is_admin: boolean): UserRow {
  return changeAccount(turn, by, user_id, { is_admin });
}

/** Disables an account, or enables it again; throws as `changeAccount` does. */
export function setDisabled(turn: Turn, by: Overseer, user_id: string, disabled: boolean): UserRow {
  return changeAccount(turn, by, user_id, { disabled });
}

/**
 * Gives a person another password, which has to be changed after the next login. All its tokens, its
 * recovery codes and its second factor end. `hash`: a PHC string. Throws 404 for an unknown account, 400 for bots, the
 * server's own account, and one's own.
 */
export function setPassword(turn: Turn, by: Overseer, user_id: string, hash: string): void {
  const row = knownAccount(turn, user_id);
  refuseSystem(row);
  if (row.bot) throw wrong('A bot has no password.');
  if (by?.id === user_id) throw wrong('Use /auth/change-password for your own password.');
  replacePassword(turn, user_id, { password_hash: hash, force_password_reset: true });
  dropSecondFactor(turn, user_id);
  // Whoever had taken the account over must not come back by a code of theirs.
  endRecoveryCodes(turn, user_id);
  recordAct(turn, by, { action: 'password_reset', target: { type: 'user', id: user_id } });
}

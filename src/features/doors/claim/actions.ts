// Makes an account the admin of a server that has none.
import { memberAccess } from '../../../access/load.ts';
import type { Actor } from '../../../access/tokens.ts';
import type { Turn } from '../../../app.ts';
import type { Db } from '../../../db/open.ts';
import { ApiError } from '../../../errors.ts';
import { recordAct } from '../../base/admin-log/actions.ts';
import { claimAdmin, readSettings } from '../../base/settings/queries.ts';
import { changeUser, knownUser } from '../../people/users/actions.ts';
import { findUser, type UserRow } from '../../people/users/queries.ts';
import { changeOwner, isFull, join, maxSpaces } from '../../spaces/members/actions.ts';
import { grantFoundersRole } from '../../spaces/members/owner.ts';
import { countMemberships, isBanned } from '../../spaces/members/queries.ts';
import { oldestSpace, type SpaceRow } from '../../spaces/spaces/queries.ts';
import { hasAdmin } from '../../people/users/admins.ts';
import { endSetup, isSetupCode } from './setup-code.ts';

/** The error for a setup code that is wrong, was used, or is not needed. */
export const wrongCode = () =>
  new ApiError('forbidden', 'This is not the setup code of this server.');

/** Makes the account an admin, for the setup code; throws 403 if that is wrong. */
export function claimByCode(turn: Turn, { id, bot }: Pick<Actor, 'id' | 'bot'>, code: string) {
  if (bot) throw new ApiError('forbidden', 'Only people administer a server for the first time.');
  if (!isSetupCode(turn.app, code)) throw wrongCode();
  return administer(turn, id, { by: 'setup_code', is_first: claimAdmin(turn.tx) });
}

/** Tells whether nobody administers the server, or ever has. */
export function isUnclaimed(db: Db): boolean {
  return !readSettings(db).admin_claimed && !hasAdmin(db);
}

/**
 * Makes a new account an admin without a code, if none has ever been one; tells whether it
 * did. Only for registrations from the machine itself.
 */
export function claimAsFirst(turn: Turn, user_id: string): boolean {
  if (!isUnclaimed(turn.tx) || !claimAdmin(turn.tx)) return false;
  administer(turn, user_id, { by: 'first_registration', is_first: true });
  return true;
}

interface Claim {
  by: 'setup_code' | 'first_registration';
  /** Whether nobody has ever administered the server. */
  is_first: boolean;
}

function administer(turn: Turn, user_id: string, { by, is_first }: Claim): UserRow {
  changeUser(turn, user_id, { is_admin: true });
  const home = oldestSpace(turn.tx);
  if (home !== undefined) takeOver(turn, home, user_id, is_first);
  const target = { type: 'user', id: user_id } as const;
  recordAct(turn, { id: user_id }, { action: 'admin_claim', target, changes: { by } });
  turn.onCommit(() => endSetup(turn.app));
  return knownUser(turn, user_id);
}

/**
 * Makes the account the owner of the first space, with its role `Admin`. Where the server was
 * administered before, the space may belong to somebody by now, who keeps it.
 */
function takeOver(turn: Turn, home: SpaceRow, user_id: string, is_first: boolean): void {
  if (!enter(turn, home.id, user_id)) return;
  const isFree = is_first || isAbandoned(findUser(turn.tx, home.owner_id));
  if (isFree) changeOwner(turn, home.id, user_id);
  grantFoundersRole(turn, home.id, user_id);
}

/** Tells whether a space with that owner has nobody who could run it. */
function isAbandoned(owner: UserRow | undefined): boolean {
  return owner === undefined || owner.system || owner.disabled || owner.deleted_at !== null;
}

/** Makes the account a member if it is none; false where that cannot be: the claim counts all the same. */
export function enter(turn: Turn, space_id: string, user_id: string): boolean {
  if (memberAccess(turn.app, space_id, user_id) !== null) return true;
  if (isFull(turn, space_id) || isBanned(turn.tx, space_id, user_id)) return false;
  if (countMemberships(turn.tx, user_id, maxSpaces) >= maxSpaces) return false;
  return join(turn, space_id, user_id);
}

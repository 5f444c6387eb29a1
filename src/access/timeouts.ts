// Timeouts: who is under one may look around a space, and do nothing there.
import type { App } from '../app.ts';
import { ApiError } from '../errors.ts';
import { isInstanceAdmin } from './bots.ts';
import {
  spacePermissions,
  underTimeout,
  type MemberAccess,
  type Reader,
  type SpaceAccess,
} from './evaluate.ts';
import { memberAccess, timeoutOf } from './load.ts';

/**
 * Tells whether the reader is under timeout in the space. A timeout of an account holds for its bots,
 * too. Nobody silences the owner of the space, an instance admin, or a bot of theirs.
 */
export function isTimedOut(
  app: App,
  space: SpaceAccess,
  member: MemberAccess | null,
  reader: Reader,
): boolean {
  if (member === null || reader.is_admin || reader.id === space.owner_id) return false;
  const now = app.clock.now();
  if ((member.timed_out_until ?? 0) > now) return true;
  return member.bot_owner_id !== null && ownerTimedOut(app, space, member.bot_owner_id);
}

/** Tells whether a timeout of the account that owns a bot holds in the space. */
export function ownerTimedOut(app: App, space: SpaceAccess, owner_id: string): boolean {
  if (owner_id === space.owner_id) return false;
  if ((timeoutOf(app, space.id, owner_id) ?? 0) <= app.clock.now()) return false;
  // A timeout from before the account became an instance admin.
  return !isInstanceAdmin(app.db, owner_id);
}

/** Returns what the reader may do in the space at this moment. */
export function spacePermissionsNow(app: App, space: SpaceAccess, reader: Reader): bigint {
  const member = memberAccess(app, space.id, reader.id);
  const set = spacePermissions(space, member, reader);
  return isTimedOut(app, space, member, reader) ? underTimeout(set) : set;
}

/** Returns the error for what a timeout does not leave. */
export const timedOut = () =>
  new ApiError('forbidden', 'You are under timeout in this space: you may read, and leave.');

// How an access rule is asked: at the door, and for what it grants. Accounts that have to set a new password first may do little else.
import { ApiError } from '../errors.ts';
import { accountOf, type Caller } from './place.ts';
import { refuseOutsiders, type Asked, type Rule } from './rules.ts';

/** What stands behind an access rule: an endpoint or a command. */
export interface Guarded {
  readonly access: Rule<string, object>;
  /** Whether accounts that have to set a new password first may use it, too. */
  readonly unsettled?: boolean;
}

/** Returns in words who may use it, for the API documents and the authorization matrix. */
export function whoMay({ access, unsettled }: Guarded): string {
  return unsettled ? `${access.says}; also while a new password has to be set` : access.says;
}

/** Refuses accounts that have to set a new password first, but where anybody at all may. */
function refuseUnsettled({ access, unsettled }: Guarded, viewer: Caller): void {
  if (unsettled || accountOf(viewer)?.unsettled !== true) return;
  const isForAll = !access.token && access.needs.length === 0;
  if (isForAll) return;
  throw new ApiError('forbidden', 'Set a new password for this account before anything else.');
}

/** Refuses callers who are refused whatever the ids are: without the needed token, or unsettled. */
export function refuseAtDoor(guarded: Guarded, viewer: Caller): void {
  refuseOutsiders(guarded.access, viewer);
  refuseUnsettled(guarded, viewer);
}

/** Asks the rule; throws an ApiError if access is refused. */
export function grantOf(guarded: Guarded, asked: Asked): object {
  refuseUnsettled(guarded, asked.viewer);
  return guarded.access.grant(asked);
}

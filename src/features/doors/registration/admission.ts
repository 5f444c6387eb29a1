// Decides who may register, by the policy of the server and by what the newcomer brings.
import type { App, Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { readSettings } from '../../base/settings/queries.ts';
import { wrongCode } from '../claim/actions.ts';
import { isSetupCode } from '../claim/setup-code.ts';
import { usedUp, validInvite, type KnownInvite } from '../invites/actions.ts';
import { takeUse } from '../invites/queries.ts';
import { openedBy } from './door.ts';
import { findServerInvite, takeServerUse, type ServerInviteRow } from './queries.ts';

/** An invite by which one may register, to a space or to the server. */
export type Pass =
  | { readonly kind: 'space'; readonly code: string; readonly known: KnownInvite }
  | { readonly kind: 'server'; readonly code: string; readonly invite: ServerInviteRow };

/** Tells whether an invite has a use left; null and 0 mean any number. */
const isLeft = ({ max_uses, uses }: { max_uses: number | null; uses: number }) =>
  max_uses === null || max_uses <= 0 || uses < max_uses;

/** Returns what stands behind a code, used up or not; null if nothing does or it has expired. */
export function foundPass(app: App, code: string): Pass | null {
  const known = validInvite(app, code);
  if (known !== null) return { kind: 'space', code, known };
  const invite = validServerInvite(app, code);
  return invite === null ? null : { kind: 'server', code, invite };
}

/** Returns what an invite lets one do; null if there is none with a use left. */
export function passOf(app: App, code: string): Pass | null {
  const pass = foundPass(app, code);
  return pass !== null && hasUse(pass) ? pass : null;
}

const hasUse = (pass: Pass) => isLeft(pass.kind === 'space' ? pass.known.invite : pass.invite);

/** Returns the invite to the server; null if the code is unknown or has expired. */
export function validServerInvite({ db, clock }: App, code: string): ServerInviteRow | null {
  const invite = findServerInvite(db, code);
  if (invite === undefined) return null;
  return invite.expires_at !== null && invite.expires_at <= clock.now() ? null : invite;
}

/** Takes one use of the invite; throws if none is left. */
export function takePass(turn: Turn, { kind, code }: Pass): void {
  const isTaken = kind === 'space' ? takeUse(turn.tx, code) : takeServerUse(turn.tx, code);
  if (!isTaken) throw usedUp();
}

/** What somebody brings who wants to register. */
export interface Papers {
  readonly invite_code: string | null;
  readonly setup_code: string | null;
  /** The address that a door may be open for; see `doorKey`. */
  readonly door: string | null;
}

export interface Admission {
  /** The invite that the registration uses up; null if it needs none. */
  readonly pass: Pass | null;
  /** Whether the invite was shown at the door, and not named. */
  readonly by_door: boolean;
  /** Whether an admin has to approve the account first. */
  readonly waits: boolean;
}

/** Decides who may register; throws 403. Reads only, so it can be asked before the turn as well. */
export function admit(app: App, papers: Papers): Admission {
  const { setup_code, invite_code, door } = papers;
  if (setup_code !== null) {
    if (!isSetupCode(app, setup_code)) throw wrongCode();
    return { pass: null, by_door: false, waits: false };
  }
  const { registration_policy: policy, registration_approval, ...settings } = readSettings(app.db);
  if (policy === 'closed') {
    throw new ApiError('forbidden', 'This server takes no registrations.');
  }
  const named = invite_code === null ? null : passOf(app, invite_code);
  if (invite_code !== null && named === null) {
    throw new ApiError('forbidden', 'This invite does not exist, has expired, or was used up.');
  }
  const needsDoor = named === null && (policy === 'invite_only' || registration_approval);
  const shown = needsDoor && door !== null ? passAtDoor(app, door) : null;
  const pass = named ?? shown;
  if (policy === 'invite_only' && !letsRegister(pass, settings)) throw needsInvite();
  const waits = registration_approval && !skipsApproval(pass);
  return { pass, by_door: shown !== null, waits };
}

function passAtDoor(app: App, door: string): Pass | null {
  const code = openedBy(app, door);
  return code === null ? null : passOf(app, code);
}

const needsInvite = () =>
  new ApiError(
    'forbidden',
    'This server takes registrations by invite: open the link of an invite in a browser first.',
  );

/** Tells whether one may register by the invite where that needs one. */
export function letsRegister(
  pass: Pass | null,
  { members_may_invite }: { members_may_invite: boolean },
): boolean {
  return pass !== null && (pass.kind === 'server' || members_may_invite);
}

/** Tells whether an account that is made by the invite needs no approval. */
export function skipsApproval(pass: Pass | null): boolean {
  return pass?.kind === 'server' && pass.invite.skip_approval;
}

/**
 * What an invite does for somebody without an account. `open`: registering needs none; `closed`:
 * nobody registers; `useless`: it is for those who have an account; `used`: it has no use left;
 * `door`: its page opens registration; `proxied`: it could, but the address may be everybody's.
 */
export type Way = 'open' | 'closed' | 'useless' | 'used' | 'door' | 'proxied';

/** Returns the way that an invite opens to an address (see `doorKey`). */
export function wayOf({ db }: App, pass: Pass, door: string | null): Way {
  const { registration_policy: policy, registration_approval, ...settings } = readSettings(db);
  if (policy === 'closed') return 'closed';
  if (policy === 'open' && !(registration_approval && skipsApproval(pass))) return 'open';
  if (!letsRegister(pass, settings)) return 'useless';
  if (!hasUse(pass)) return 'used';
  return door === null ? 'proxied' : 'door';
}

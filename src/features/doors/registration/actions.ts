// Registers accounts, or has them wait for an admin.
import type { Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { knownUser } from '../../people/users/actions.ts';
import { refuseTakenName } from '../../people/users/names.ts';
import { insertUser, type UserRow } from '../../people/users/queries.ts';
import { isFull, join } from '../../spaces/members/actions.ts';
import { findSpace, oldestSpace } from '../../spaces/spaces/queries.ts';
import { claimAsFirst, claimByCode, enter, isUnclaimed } from '../claim/actions.ts';
import { joinBy } from '../invites/actions.ts';
import { waitsForApproval } from '../signing-in/pending.ts';
import { admit, takePass, type Papers, type Pass } from './admission.ts';
import { closeDoor } from './door.ts';
import { wait } from './approvals.ts';

/** The account that is wished for. */
export interface Wish {
  readonly username: string;
  readonly display_name: string | null;
  readonly password_hash: string;
}

/** Returns the error for a name that is taken, without saying what was wrong. */
const nameTaken = () => new ApiError('already_exists', 'That account exists already.');

interface How {
  /** Its id, if it has one already. */
  id?: string;
  /** Whether it administers the server if nobody ever has. */
  may_claim?: boolean;
  /** The invite that it comes by, whose use was taken. */
  pass?: Pass | null;
}

/** Makes an account in the first space, and where its invite leads; asks for no policy. */
export function register(
  turn: Turn,
  wish: Wish,
  { id = turn.id(), may_claim = true, pass = null }: How = {},
): UserRow {
  refuseTakenName(turn, wish.username, { for: null });
  const display_name = wish.display_name ?? wish.username;
  insertUser(turn.tx, { ...wish, id, display_name, created_at: turn.now });
  const home = oldestSpace(turn.tx);
  if (pass !== null) joinByPass(turn, id, pass, home?.id);
  // If the first space is full, the account exists without it.
  if (home !== undefined && !isFull(turn, home.id)) join(turn, home.id, id);
  if (may_claim) claimAsFirst(turn, id);
  return knownUser(turn, id);
}

/** Joins where the invite leads. In the first space, where everybody is, nobody is for a while only. */
export function joinByPass(turn: Turn, id: string, pass: Pass, home_id?: string): void {
  if (pass.kind === 'space') {
    const { invite, space } = pass.known;
    const temporary = invite.temporary && space.id !== home_id;
    joinBy(turn, { id }, pass.known, { temporary });
    return;
  }
  const { space_id } = pass.invite;
  // The account is what the invite is for: it exists without a space that is gone or full.
  if (space_id !== null && findSpace(turn.tx, space_id) !== undefined) enter(turn, space_id, id);
}

/** Somebody who wants an account, and from where. */
export interface Applicant extends Papers, Omit<Wish, 'password_hash'> {
  /** Null if the name was taken when it was looked for: nothing was hashed. */
  readonly password_hash: string | null;
  readonly reason: string;
  readonly address: string;
  /** Whether the account administers the server if nobody ever has. */
  readonly may_claim: boolean;
}

/** Makes the account if the policy lets it, or has it wait; then the error to answer is returned. */
export function take(turn: Turn, applicant: Applicant): UserRow | ApiError {
  const { username, display_name, password_hash, setup_code, door } = applicant;
  const { pass, by_door, waits } = admit(turn.app, applicant);
  refuseTakenName(turn, username, { for: null });
  if (password_hash === null) throw nameTaken();
  if (pass !== null) takePass(turn, pass);
  if (by_door && door !== null) turn.onCommit(() => closeDoor(turn.app, door));
  const wish = { username, display_name, password_hash };
  const may_claim = applicant.may_claim && setup_code === null;
  if (waits && !(may_claim && isUnclaimed(turn.tx))) {
    const { reason, address } = applicant;
    wait(turn, { ...wish, reason, address, invite_code: pass?.code ?? null });
    return waitsForApproval();
  }
  const row = register(turn, wish, { may_claim, pass });
  return setup_code === null ? row : claimByCode(turn, row, setup_code);
}

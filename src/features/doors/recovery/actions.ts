// Gives out recovery codes, ends them, and lets an account back in that has one.
import type { App, Turn } from '../../../app.ts';
import type { Db } from '../../../db/open.ts';
import { ApiError, noSuch } from '../../../errors.ts';
import { hashRecoveryCode, isSameHash, newRecoveryCode } from '../../../lib/recovery-code.ts';
import { recordAct, type Overseer } from '../../base/admin-log/actions.ts';
import { knownUser } from '../../people/users/actions.ts';
import { replacePassword } from '../auth/actions.ts';
import type { Origin } from '../auth/sign-in.ts';
import { enter } from '../second-factor/enter.ts';
import { codesOf, deleteCodes, putCode } from './queries.ts';
import type { Recovered } from './schema.ts';

const day_ms = 86_400_000;

/**
 * Gives a person's account a new code of its own, which lasts until it is used; the older one ends. Returns
 * it, to be shown once: `0k3f-…`, eight groups of four. Only its hash is kept.
 */
export function issueRecoveryCode(turn: Turn, user_id: string): string {
  const code = newRecoveryCode();
  const hash = hashRecoveryCode(code);
  putCode(turn.tx, { user_id, kind: 'own', hash, created_at: turn.now, expires_at: null });
  return code;
}

/**
 * Gives an account a code from an admin, or from the operator at the machine (`by` is null), beside its own:
 * it works once and for 24 hours, and the older one of this kind ends. Returns it with the end of its time in
 * Unix milliseconds. Throws 404 for an unknown account, 400 for one that has no password.
 */
export function giveRecoveryCode(
  turn: Turn,
  by: Overseer,
  user_id: string,
): { code: string; expires_at: number } {
  const { bot, system, deleted_at } = knownUser(turn, user_id);
  if (deleted_at !== null) throw noSuch('user');
  if (bot || system) throw new ApiError('invalid_request', 'This account has no password.');
  const code = newRecoveryCode();
  const hash = hashRecoveryCode(code);
  const expires_at = turn.now + day_ms;
  putCode(turn.tx, { user_id, kind: 'admin', hash, created_at: turn.now, expires_at });
  recordAct(turn, by, { action: 'recovery_create', target: { type: 'user', id: user_id } });
  return { code, expires_at };
}

/** Ends all recovery codes of an account, for one that is deleted but keeps its row. */
export function endRecoveryCodes(turn: Turn, user_id: string): void {
  deleteCodes(turn.tx, user_id, ['own', 'admin']);
}

/** Ends the code that an admin gave: the account has a new password without it. */
export function endGivenCode(turn: Turn, user_id: string): void {
  deleteCodes(turn.tx, user_id, ['admin']);
}

/**
 * Returns the hash of the account's code that was typed; null if it has none like it, or its time is over.
 * Asks in the same way for an unknown account, whose id is null.
 */
export function matchingCode(app: App, user_id: string | null, typed: string): string | null {
  const given = hashRecoveryCode(typed);
  return (
    liveCodes(app.db, user_id ?? '', app.clock.now()).find((one) => isSameHash(one, given)) ?? null
  );
}

/** Returns the hashes of the account's codes whose time is not over. */
function liveCodes(db: Db, user_id: string, now: number): string[] {
  return codesOf(db, user_id)
    .filter(({ expires_at }) => expires_at === null || expires_at > now)
    .map(({ hash }) => hash);
}

/** Tells whether the account still has the code with this hash, in the turn. */
export function stillHas(turn: Turn, user_id: string, hash: string): boolean {
  return liveCodes(turn.tx, user_id, turn.now).includes(hash);
}

/**
 * Lets an account in that proved itself by a code: it gets the new password, every token and both codes end,
 * and it gets a new code. Refusals come before.
 */
export function recover(
  turn: Turn,
  user_id: string,
  password_hash: string,
  origin: Origin,
): Recovered {
  replacePassword(turn, user_id, { password_hash, force_password_reset: false });
  endRecoveryCodes(turn, user_id);
  const recovery_code = issueRecoveryCode(turn, user_id);
  return { ...enter(turn, { id: user_id }, origin), recovery_code };
}

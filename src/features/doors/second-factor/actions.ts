// Switches second factors on and off, gives out backup codes, and uses codes up.
import type { Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { newSecret, stepAt, stepOf, uriOf } from '../../../lib/one-time-code.ts';
import { isSealed } from '../../../lib/sealed-text.ts';
import { changeUser, knownUser } from '../../people/users/actions.ts';
import { hashOfCode, newBackupCodes } from './codes.ts';
import { checkCounted } from './limits.ts';
import {
  deleteBackupCodes,
  deleteFactor,
  findFactor,
  insertBackupCodes,
  putFactor,
  takeBackupCode,
  updateFactor,
  type FactorRow,
} from './queries.ts';
import { kept, readSecret } from './secrets.ts';
import { endTicket } from './tickets.ts';

const refuse = (message: string) => new ApiError('invalid_request', message);

/** Refuses accounts that have a second factor already. */
function refuseEnabled(turn: Turn, user_id: string): void {
  if (knownUser(turn, user_id).mfa_enabled) throw refuse('Two-factor login is on already.');
}

/** Gives the account a secret for its authenticator app; it counts once a code has proved it. */
export function beginEnrolment(turn: Turn, user_id: string) {
  refuseEnabled(turn, user_id);
  const secret = newSecret();
  putFactor(turn.tx, user_id, kept(turn.app, secret));
  const name = knownUser(turn, user_id).username;
  return { secret, otpauth_uri: uriOf(secret, { issuer: 'Accord', name }) };
}

/**
 * Switches two-factor login on, if the code is that of the new secret; returns the backup codes.
 * Throws 400 if it is on already or no secret was given out, 403 for a wrong code, 429.
 */
export function finishEnrolment(
  turn: Turn,
  { user_id, address, code }: { user_id: string; address: string; code: string },
): string[] {
  refuseEnabled(turn, user_id);
  const row = findFactor(turn.tx, user_id);
  const secret = row === undefined ? null : readSecret(turn.app, row.secret);
  if (row === undefined || secret === null) throw refuse('Ask for a secret first.');
  if (!checkCounted(turn, { user_id, address }, () => usesAppCode(turn, row, secret, code))) {
    throw new ApiError('forbidden', 'The code is wrong.');
  }
  updateFactor(turn.tx, user_id, { enabled_at: turn.now });
  changeUser(turn, user_id, { mfa_enabled: true });
  return replaceBackupCodes(turn, user_id);
}

/** Returns new backup codes in the place of all others; throws 400 if two-factor login is off. */
export function renewBackupCodes(turn: Turn, user_id: string): string[] {
  if (!knownUser(turn, user_id).mfa_enabled) throw refuse('Two-factor login is off.');
  return replaceBackupCodes(turn, user_id);
}

function replaceBackupCodes(turn: Turn, user_id: string): string[] {
  const codes = newBackupCodes();
  deleteBackupCodes(turn.tx, user_id);
  const hashes = codes.map((code) => hashOfCode(user_id, code));
  insertBackupCodes(turn.tx, user_id, hashes);
  return codes;
}

/**
 * Switches two-factor login off and removes the secret and the backup codes; does nothing where it
 * is off. Who asks must have been allowed to, by the account's password or as an instance admin.
 */
export function dropSecondFactor(turn: Turn, user_id: string): void {
  deleteFactor(turn.tx, user_id);
  endTicket(turn, user_id);
  changeUser(turn, user_id, { mfa_enabled: false });
}

/** Uses a code of the authenticator app, or a backup code; false if it is wrong or was used before. */
export function usesCode(turn: Turn, user_id: string, given: string): boolean {
  const code = given.trim();
  if (!/^[0-9]{6}$/.test(code)) return takeBackupCode(turn.tx, user_id, hashOfCode(user_id, code));
  const row = findFactor(turn.tx, user_id);
  if (row === undefined) return false;
  const secret = readSecret(turn.app, row.secret);
  if (secret === null) {
    const message = 'This server cannot check codes of apps now; use a backup code.';
    throw new ApiError('unavailable', message);
  }
  return usesAppCode(turn, row, secret, code);
}

/** Tells whether it is a code of now, and of a later step than the last one that was used. */
function usesAppCode(
  { app, tx }: Turn,
  { user_id, last_step, secret: stored }: FactorRow,
  secret: string,
  code: string,
): boolean {
  const now = app.clock.now();
  const step = stepOf(secret, code, now);
  // A step that is still to come was used when the clock was wrong, and must lock nobody out.
  const isPassed = last_step <= stepAt(now) + 1;
  if (step === null || (isPassed && step <= last_step)) return false;
  // The key was set after this secret was stored.
  const sealed = isSealed(stored) ? {} : { secret: kept(app, secret) };
  updateFactor(tx, user_id, { last_step: step, ...sealed });
  return true;
}

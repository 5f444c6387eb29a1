// Gives out tokens and ends them, and changes passwords.
import {
  changesToken,
  expiredTokens,
  hashToken,
  insertToken,
  newToken,
  revokeTokens,
  tokensOf,
  type Actor,
} from '../../../access/tokens.ts';
import type { Turn } from '../../../app.ts';
import { nobody } from '../../../events/event.ts';
import { changesUser } from '../../people/users/memory.ts';
import { updateUser } from '../../people/users/queries.ts';
import { passwordChanged } from './events.ts';

const tokenLife_ms = 30 * 24 * 3_600_000;
const maxTokens = 25;

/** Gives the account a token for 30 days; ends the oldest beyond 25. Only hashes are stored. */
export function issueToken(turn: Turn, user_id: string): string {
  const token = newToken();
  revokeTokens(turn, user_id, expiredTokens(turn.tx, user_id, turn.app.trusted.now()));
  insertToken(turn.tx, {
    hash: hashToken(token),
    user_id,
    kind: 'user',
    created_at: turn.now,
    expires_at: turn.now + tokenLife_ms,
  });
  const all = tokensOf(turn.tx, user_id);
  revokeTokens(turn, user_id, all.slice(0, Math.max(0, all.length - maxTokens)));
  return token;
}

/** Ends the tokens from logins, all or all but one. A bot token ends only when it is reset. */
export function endLogins(turn: Turn, actor: Actor, but: string | null): void {
  if (actor.bot) return;
  const hashes = tokensOf(turn.tx, actor.id).filter((hash) => hash !== but);
  revokeTokens(turn, actor.id, hashes);
}

/** Puts another hash of the same password in the place of an old one. */
export function renewHash(turn: Turn, user_id: string, password_hash: string): void {
  updateUser(turn.tx, user_id, { password_hash });
  changesUser(turn.app, user_id);
}

/** Sets a new password; everywhere else the account has to log in again. */
export function changePassword(turn: Turn, actor: Actor, password_hash: string): void {
  setPassword(turn, actor.id, { password_hash, force_password_reset: false });
  endLogins(turn, actor, actor.token_hash);
}

/**
 * Sets the password of an account that did not prove the old one; it has to log in again everywhere.
 * `force_password_reset`: whether it has to choose another one then.
 */
export function replacePassword(
  turn: Turn,
  user_id: string,
  change: { password_hash: string; force_password_reset: boolean },
): void {
  setPassword(turn, user_id, change);
  revokeTokens(turn, user_id, tokensOf(turn.tx, user_id));
}

function setPassword(
  turn: Turn,
  user_id: string,
  change: { password_hash: string; force_password_reset: boolean },
): void {
  updateUser(turn.tx, user_id, change);
  changesUser(turn.app, user_id);
  for (const hash of tokensOf(turn.tx, user_id)) changesToken(turn.app, hash);
  turn.tell(passwordChanged, nobody, { user_id });
}

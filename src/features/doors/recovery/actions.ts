// Gives out recovery codes, and ends them.
import type { Turn } from '../../../app.ts';
import { hashRecoveryCode, newRecoveryCode } from '../../../lib/recovery-code.ts';
import { deleteCodes, putCode } from './queries.ts';

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

/** Ends all recovery codes of an account, for one that is deleted but keeps its row. */
export function endRecoveryCodes(turn: Turn, user_id: string): void {
  deleteCodes(turn.tx, user_id, ['own', 'admin']);
}

// Writes the log of what instance admins did, in the turn of the act that it records.
import type { Turn } from '../../../app.ts';
import { actsOf } from '../../feature.ts';
import { insertEntry } from './queries.ts';
import type { AdminTarget } from './schema.ts';

export interface Act {
  /** One of the action types that features declare as `acts`. */
  action: string;
  target?: { type: AdminTarget; id: string | null };
  /** Without one, that of the header `X-Audit-Log-Reason`. */
  reason?: string | null;
  /** `{ old, new }` for each field that changed, or its value. Never a password, code or token. */
  changes?: Record<string, unknown> | null;
}

/** Who acts: an instance admin, or null for the operator at the machine. */
export type Overseer = { readonly id: string } | null;

/** Writes an entry. Callers skip acts that changed nothing. */
export function recordAct(turn: Turn, by: Overseer, act: Act): void {
  if (turn.app.strict && !actsOf(turn.app).includes(act.action)) {
    throw new Error(`no feature declares "${act.action}"`);
  }
  insertEntry(turn.tx, {
    id: turn.id(),
    user_id: by?.id ?? null,
    action_type: act.action,
    target_type: act.target?.type ?? null,
    target_id: act.target?.id ?? null,
    reason: act.reason ?? (by && turn.reasonOf(by.id)),
    changes: act.changes ?? null,
    made_at: turn.now,
  });
}

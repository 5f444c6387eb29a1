// Registrations that wait for an admin: they are kept, approved and rejected.
import type { Actor } from '../../../access/tokens.ts';
import type { Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { recordAct } from '../../base/admin-log/actions.ts';
import { adminIds } from '../../people/users/admins.ts';
import type { PendingRow } from '../signing-in/pending.ts';
import { registrationCreated, registrationUpdated } from './events.ts';
import { areWaiting, deleteRegistration, findRegistration, insertRegistration } from './queries.ts';
import { registrationView } from './view.ts';

/** More would only hide one another. */
const maxWaiting = 200;

/** Keeps a registration for the admins to decide, and tells them; throws 403 above 200. */
export function wait(
  turn: Turn,
  wish: Omit<PendingRow, 'id' | 'display_name' | 'created_at'> & { display_name: string | null },
): void {
  if (areWaiting(turn.tx, maxWaiting)) {
    throw new ApiError('forbidden', 'Too many accounts wait for approval; try again later.');
  }
  const display_name = wish.display_name ?? wish.username;
  const row: PendingRow = { ...wish, display_name, id: turn.id(), created_at: turn.now };
  insertRegistration(turn.tx, row);
  const user_ids = adminIds(turn.tx);
  if (user_ids.length > 0) turn.tell(registrationCreated, { user_ids }, registrationView(row));
}

/** Takes a registration off the list, records how it was decided, and tells the admins. */
export function decide(
  turn: Turn,
  actor: Actor,
  id: string,
  { state, reason }: { state: 'approved' | 'rejected'; reason: string | null },
): PendingRow {
  const row = findRegistration(turn.tx, id);
  if (row === undefined) throw new ApiError('not_found', 'There is no such registration.');
  deleteRegistration(turn.tx, id);
  const action = state === 'approved' ? 'registration_approve' : 'registration_reject';
  const target = { type: 'registration', id } as const;
  recordAct(turn, actor, { action, target, reason, changes: { username: row.username } });
  const told = { ...registrationView(row), state };
  turn.tell(registrationUpdated, { user_ids: adminIds(turn.tx) }, told);
  return row;
}

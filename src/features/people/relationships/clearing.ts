// Ends what stands between a deleted account and others, a slice in each turn.
import type { Turn } from '../../../app.ts';
import { relationshipRemoved } from './events.ts';
import { deleteSomeRelations } from './queries.ts';

/** Ends some of what others had to do with the account, and tells them; true if nothing was left. */
export function partFromSome(turn: Turn, user_id: string): boolean {
  const { others, isOver } = deleteSomeRelations(turn.tx, user_id);
  if (others.length > 0) turn.tell(relationshipRemoved, { user_ids: others }, { user_id });
  return isOver;
}

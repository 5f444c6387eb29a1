// SQL of friends and blocks.
import type { Db } from '../../../db/open.ts';
import type { UserRow } from '../users/queries.ts';

/** Tells whether an account wants to be spoken to first by another one. */
export function admitsConversation(db: Db, target: UserRow, opener_id: string): boolean {
  const { id, dm_policy } = target;
  if (dm_policy === 'everyone') return true;
  const statement =
    dm_policy === 'friends'
      ? 'SELECT 1 AS n FROM relationships WHERE user_id = ?1 AND target_id = ?2 AND type = 1'
      : `SELECT 1 AS n FROM members mine JOIN members theirs ON theirs.space_id = mine.space_id
          WHERE mine.user_id = ?1 AND theirs.user_id = ?2 LIMIT 1`;
  return db.sqlite.rows({ n: 'number' }, statement).get(id, opener_id) !== null;
}

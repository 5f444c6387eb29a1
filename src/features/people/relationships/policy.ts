// Who may open a conversation with somebody, or add them to a group, by what they have chosen.
import { shareSpace } from '../../../access/acquaintances.ts';
import type { Db } from '../../../db/open.ts';
import type { UserRow } from '../users/queries.ts';
import { areFriends } from './queries.ts';

/**
 * Tells whether the account (`target`) lets the opener begin a conversation with it: everyone,
 * friends and those who share a space with it, or friends alone. Blocks are another matter.
 */
export function admitsConversation(
  db: Db,
  target: Pick<UserRow, 'id' | 'dm_policy'>,
  opener_id: string,
): boolean {
  const { id, dm_policy } = target;
  if (dm_policy === 'everyone' || areFriends(db, id, opener_id)) return true;
  return dm_policy === 'spaces' && shareSpace(db, id, opener_id);
}

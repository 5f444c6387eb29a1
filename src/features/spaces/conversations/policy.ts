// Decides who may open a conversation with whom, and how often.
import { isBlockBetween } from '../../../access/conversations.ts';
import { allowance, spend } from '../../../access/allowances.ts';
import { chargedTo, type Actor } from '../../../access/tokens.ts';
import type { Turn } from '../../../app.ts';
import { ApiError, cannotTalk, noSuch } from '../../../errors.ts';
import { readUser } from '../../people/users/memory.ts';
import { admitsConversation } from '../../people/relationships/policy.ts';
import { findUser, isGone, type UserRow } from '../../people/users/queries.ts';

/** So many conversations one account and its bots begin in an hour, and people they add to groups. */
export const maxPerHour = 100;

const begun = allowance(
  maxPerHour,
  3_600_000,
  `An account begins at most ${maxPerHour} conversations in an hour, people added to groups included.`,
);

/** Counts one more new conversation, or one more person; throws 429 after too many of late. */
export function countConversation(turn: Turn, opener: Actor): void {
  spend(turn, [begun, chargedTo(opener)]);
}

/** Returns the account to talk to; throws 404 if there is none, 403 if it is not to be spoken to. */
export function reachable(turn: Turn, opener_id: string, id: string): UserRow {
  const row = readUser(turn.app, id);
  if (row === undefined) throw noSuch('user');
  if (row.system) {
    throw new ApiError('forbidden', 'This account belongs to the server and takes no messages.');
  }
  if (isBlockBetween(turn.tx, opener_id, id)) throw cannotTalk();
  return row;
}

export function isDeleted({ tx }: Turn, id: string): boolean {
  const row = findUser(tx, id);
  return row !== undefined && isGone(row);
}

/** Throws 403 if the account does not want to be spoken to first by this one, or is disabled. */
export function refuseUnwanted(turn: Turn, opener_id: string, target: UserRow): void {
  if (!target.disabled && admitsConversation(turn.tx, target, opener_id)) return;
  throw new ApiError('forbidden', 'This account takes no conversations from you.');
}

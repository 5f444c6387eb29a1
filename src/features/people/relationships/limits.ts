// Limits requests of friendship: how many stand on one side, and how many are made.
import { allowance, spend } from '../../../access/allowances.ts';
import { chargedTo, type Actor } from '../../../access/tokens.ts';
import type { Turn } from '../../../app.ts';
import type { Db } from '../../../db/open.ts';
import { ApiError } from '../../../errors.ts';
import { countRelations } from './queries.ts';
import { maxIncoming, maxPerHour, maxRelations, maxToOne } from './schema.ts';

const hour_ms = 3_600_000;
const says = 'Too many friend requests; wait before you send more.';
const all = allowance(maxPerHour, hour_ms, says);
const toOne = allowance(maxToOne, 24 * hour_ms, says);

/** Counts a request; throws 429 if there were too many of late, or too many to this account. */
export function countRequest(turn: Turn, actor: Actor, target_id: string): void {
  const payer = chargedTo(actor);
  spend(turn, [all, payer], [toOne, `${payer} ${target_id}`]);
}

/** Refuses what would come to an account's own side if that is full. */
export function refuseFull(db: Db, user_id: string): void {
  if (countRelations(db, user_id).all < maxRelations) return;
  throw new ApiError(
    'invalid_request',
    `You have ${maxRelations} friends, requests and blocks: remove some first.`,
  );
}

/** Refuses a request to somebody whose side takes no more of them. */
export function refuseOverrun(db: Db, target_id: string): void {
  const { all, incoming } = countRelations(db, target_id);
  if (all < maxRelations && incoming < maxIncoming) return;
  throw new ApiError('invalid_request', 'This account takes no more friend requests for now.');
}

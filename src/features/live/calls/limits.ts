// How often one account may ring, decline and cancel in one conversation.
import { allowance, spend, type Allowance } from '../../../access/allowances.ts';
import type { ConversationGrant } from '../../../access/conversation-rules.ts';
import { chargedTo } from '../../../access/tokens.ts';
import type { Turn } from '../../../app.ts';

const minutes_ms = 60_000;

/** Each ring makes every device of up to ten people ring. */
export const rings: readonly Allowance[] = [
  allowance(1, 5_000, 'An account rings once in 5 seconds.'),
  allowance(
    20,
    10 * minutes_ms,
    'An account rings at most 20 times in 10 minutes in one conversation.',
  ),
];

export const answers: readonly Allowance[] = [
  allowance(
    60,
    10 * minutes_ms,
    'An account answers at most 60 times in 10 minutes in one conversation.',
  ),
];

/** Counts one more; throws 429 if the account and its bots have done it too often of late. */
export function countCall(
  turn: Turn,
  { actor, channel }: ConversationGrant,
  limits: readonly Allowance[],
): void {
  const key = `${chargedTo(actor)} ${channel.id}`;
  spend(turn, ...limits.map((limit) => [limit, key] as const));
}

// How often one account may ring, decline and cancel in one conversation.
import { botOwner } from '../../../access/bots.ts';
import type { ConversationGrant } from '../../../access/conversation-rules.ts';
import type { StateName, Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { createAttempts, type Attempts } from '../../../lib/attempts.ts';

interface Limit {
  readonly attempts: StateName<Attempts>;
  readonly says: string;
}

function limit(most: number, window_s: number, says: string): Limit {
  const attempts: StateName<Attempts> = {
    create: ({ config }) =>
      createAttempts(config.ACCORD_TEST_MODE ? Infinity : most, window_s * 1000),
  };
  return { attempts, says };
}

/** Each ring makes every device of up to ten people ring. */
export const rings: readonly Limit[] = [
  limit(1, 5, 'An account rings once in 5 seconds.'),
  limit(20, 600, 'An account rings at most 20 times in 10 minutes in one conversation.'),
];

export const answers: readonly Limit[] = [
  limit(60, 600, 'An account answers at most 60 times in 10 minutes in one conversation.'),
];

/** Counts one more; throws 429 if the account and its bots have done it too often of late. */
export function countCall(
  turn: Turn,
  { actor, channel }: ConversationGrant,
  limits: readonly Limit[],
): void {
  const key = `${botOwner(turn.tx, actor.id) ?? actor.id} ${channel.id}`;
  for (const { attempts, says } of limits) {
    const { left, wait_s } = turn.app.state(attempts).look(key, turn.steady);
    if (left === 0) throw new ApiError('rate_limited', says, { retryAfter_s: wait_s });
  }
  turn.onCommit(() => {
    for (const { attempts } of limits) turn.app.state(attempts).take(key, turn.steady);
  });
}

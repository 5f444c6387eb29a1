// Rings, declines and cancels: told to the people of a conversation, and kept in no table.
import type { ConversationGrant } from '../../../access/conversation-rules.ts';
import type { Turn } from '../../../app.ts';
import { reopen } from '../../spaces/conversations/actions.ts';
import type { callCancelled, callDeclined } from './events.ts';
import { callRang } from './events.ts';
import { answers, countCall, rings } from './limits.ts';
import type { Ring } from './schema.ts';

/** Rings the people of a conversation; a closed window opens before. Nobody needs to be in the call. */
export function ring(turn: Turn, by: ConversationGrant, { metadata }: Ring): void {
  countCall(turn, by, rings);
  const { actor, channel } = by;
  reopen(turn, channel);
  turn.tell(
    callRang,
    { channel },
    {
      channel_id: channel.id,
      caller_id: actor.id,
      participants: [...channel.people],
      // Clients do not expect null.
      ...(metadata != null && { metadata }),
    },
  );
}

/** Tells the people of a conversation that one declines or cancels. */
export function answer(
  turn: Turn,
  by: ConversationGrant,
  event: typeof callDeclined | typeof callCancelled,
): void {
  countCall(turn, by, answers);
  const { actor, channel } = by;
  turn.tell(event, { channel }, { channel_id: channel.id, user_id: actor.id });
}

// The REST surface of calls: ring, decline, cancel.
import { conversation } from '../../../access/conversation-rules.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { Done } from '../../shapes.ts';
import { answer, ring } from './actions.ts';
import { callCancelled, callDeclined } from './events.ts';
import { Ring } from './schema.ts';

export const ringCall = endpoint({
  method: 'POST',
  path: '/channels/:channel_id/call/ring',
  summary: 'Ring the people of a conversation, before or after coming into its call',
  hint: 'An account and its bots ring once in 5 seconds and 20 times in 10 minutes in one conversation. The server ends no ring: clients do, and send `cancel`.',
  access: conversation('caller'),
  body: Ring,
  returns: Done,
  errors: ['rate_limited'],
  run({ turn, body, ...by }) {
    ring(turn, by, body);
    return { ok: true as const };
  },
});

export const declineCall = endpoint({
  method: 'POST',
  path: '/channels/:channel_id/call/decline',
  summary: 'Tell the people of a conversation that one does not take the call',
  hint: 'At most 60 times in 10 minutes, declines and cancels together.',
  access: conversation('caller'),
  returns: Done,
  errors: ['rate_limited'],
  run({ turn, ...by }) {
    answer(turn, by, callDeclined);
    return { ok: true as const };
  },
});

export const cancelCall = endpoint({
  method: 'POST',
  path: '/channels/:channel_id/call/cancel',
  summary: 'Tell the people of a conversation that one does not call any more',
  hint: 'At most 60 times in 10 minutes, declines and cancels together.',
  access: conversation('caller'),
  returns: Done,
  errors: ['rate_limited'],
  run({ turn, ...by }) {
    answer(turn, by, callCancelled);
    return { ok: true as const };
  },
});

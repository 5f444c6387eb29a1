// The REST surface of pinned messages.
import { z } from 'zod';
import { channelOrConversation } from '../../../access/conversation-rules.ts';
import { channel } from '../../../access/rules.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { writtenPage } from '../messages/written.ts';
import { messageIn } from '../messages/queries.ts';
import { Message } from '../messages/schema.ts';
import { GivenId, limit, Nothing } from '../../shapes.ts';
import { maxPins, pin, unpin } from './actions.ts';
import { pinnedIds } from './queries.ts';

export const listPins = endpoint({
  method: 'GET',
  path: '/channels/:channel_id/pins',
  summary: 'List the pinned messages of a channel, the latest pin first',
  access: channel('read_history'),
  query: z.object({
    limit: limit(maxPins, maxPins),
    after: GivenId.optional().describe('the id of the last message of the page before'),
  }),
  returns: z.array(Message),
  form: 'page',
  run({ app, actor, channel: found, query }) {
    const last = query.after === undefined ? null : messageIn(app.db, found, query.after);
    // A message that is not pinned here has no place in the order: nothing comes after it.
    if (last === undefined || last?.pinned_at === null) return { items: [], cursor: null };
    const after = last === null ? null : { id: last.id, pinned_at: last.pinned_at };
    const ids = pinnedIds(app.db, found.id, after, query.limit);
    return { items: writtenPage(app, ids, actor.id), cursor: null };
  },
});

export const pinMessage = endpoint({
  method: 'PUT',
  path: '/channels/:channel_id/pins/:message_id',
  summary: 'Pin a message',
  access: channelOrConversation('manage_messages'),
  returns: Nothing,
  run: ({ turn, params, ...by }) => pin(turn, by, params.message_id),
});

export const unpinMessage = endpoint({
  method: 'DELETE',
  path: '/channels/:channel_id/pins/:message_id',
  summary: 'Take the pin off a message',
  access: channelOrConversation('manage_messages'),
  returns: Nothing,
  run: ({ turn, params, ...by }) => unpin(turn, by, params.message_id),
});

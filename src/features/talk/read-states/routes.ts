// The REST surface of read states.
import { z } from 'zod';
import { account, channel } from '../../../access/rules.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { ListQuery, Nothing } from '../../shapes.ts';
import { acknowledge } from './actions.ts';
import { Acknowledgement, Unread, UnreadThread, UnreadThreadsQuery } from './schema.ts';
import { unreadChannels, unreadThreads } from './unread.ts';

export const listReadStates = endpoint({
  method: 'GET',
  path: '/users/@me/read-states',
  summary: 'List one’s unread channels, by id',
  hint: 'Unread are messages of the main feed that others have written since one joined and that one has not acknowledged. `after` is the id of the last channel of the page before.',
  access: account,
  query: ListQuery,
  returns: z.array(Unread),
  run: ({ app, actor, query }) =>
    unreadChannels(app, actor, 'by_id', query.after).take(query.limit).toArray(),
});

export const listUnreadThreads = endpoint({
  method: 'GET',
  path: '/users/@me/read-states/threads',
  summary: 'List the unread threads that one takes part in',
  hint: 'That is where one has written, was named, has acknowledged something, or began the thread. A page may be shorter than `limit`; `cursor` says whether another one follows.',
  access: account,
  query: UnreadThreadsQuery,
  returns: z.array(UnreadThread),
  form: 'page',
  run({ app, actor, query }) {
    const [channel_id = '', thread_id = ''] = query.after?.split(':') ?? [];
    const { items, next } = unreadThreads(app, actor, { channel_id, thread_id }, query.limit);
    const cursor = next && { after: `${next.channel_id}:${next.thread_id}`, has_more: true };
    return { items, cursor };
  },
});

export const acknowledgeMessage = endpoint({
  name: 'acknowledge',
  method: 'POST',
  path: '/channels/:channel_id/ack',
  summary: 'Say how far one has read',
  hint: 'Moves forward only. Of a reply in a thread it is the state of that thread. An id that never was a message of the channel changes nothing; that of a deleted one counts.',
  access: channel('view_channel'),
  body: Acknowledgement,
  returns: Nothing,
  repeatable: true,
  run: ({ turn, body, ...by }) => acknowledge(turn, by, body),
});

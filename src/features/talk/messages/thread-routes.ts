// The REST surface of threads.
import { z } from 'zod';
import { channel } from '../../../access/rules.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { ListQuery, time } from '../../shapes.ts';
import { knownMessage } from './actions.ts';
import { writtenPage } from './written.ts';
import { endOfTime } from './hidden.ts';
import { authorsIn, threadStarts } from './page-queries.ts';
import { Message, Thread } from './schema.ts';

export const listThreads = endpoint({
  method: 'GET',
  path: '/channels/:channel_id/threads',
  summary: 'List the messages of a channel that have replies, newest first',
  access: channel('read_history'),
  query: ListQuery,
  returns: z.array(Message),
  form: 'page',
  run({ app, actor, channel: { id }, query }) {
    const found = threadStarts(app.db, id, query.after ?? endOfTime, query.limit + 1);
    const ids = found.slice(0, query.limit);
    const after = found.length > query.limit ? ids.at(-1) : undefined;
    return {
      items: writtenPage(app, ids, actor.id),
      cursor: after === undefined ? null : { after, has_more: true },
    };
  },
});

/** In longer threads only the newest replies are read. */
const maxReplies = 1_000;

export const getThread = endpoint({
  method: 'GET',
  path: '/channels/:channel_id/messages/:message_id/threads',
  summary: 'Read how many replies a message has, when the last one came, and by whom',
  access: channel('read_history'),
  returns: Thread,
  run({ app, channel: found, params }) {
    const row = knownMessage({ tx: app.db }, found, params.message_id);
    return {
      reply_count: row.reply_count,
      ...(row.last_reply_at === null ? {} : { last_reply_at: time(row.last_reply_at) }),
      participants: authorsIn(app.db, row.id, maxReplies),
    };
  },
});

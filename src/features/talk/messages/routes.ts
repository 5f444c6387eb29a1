// The REST surface of messages and typing.
import { z } from 'zod';
import { channelReader } from '../../../access/reading.ts';
import { channel, ownInChannel, spaceChannel } from '../../../access/rules.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { mayUpload } from '../../base/files/quota.ts';
import { bounded, Nothing, time } from '../../shapes.ts';
import { knownMessage, refuseArchived, sendMessage } from './actions.ts';
import { deleteMessage, deleteMessages } from './deletions.ts';
import { editMessage } from './edits.ts';
import { typingStarted } from './events.ts';
import { viewOf } from './extras.ts';
import { answerPage } from './kept-pages.ts';
import { messageIn } from './queries.ts';
import { maxIds } from './removal.ts';
import { discardFiles, messageUpload, storeFiles } from './uploads.ts';
import {
  Message,
  messageBody_bytes,
  MessagePatch,
  MessagesQuery,
  NewMessage,
  NewUpload,
} from './schema.ts';

/** An id, or any other text, which names nothing. */
const anyText = bounded(64);

export const listMessages = endpoint({
  method: 'GET',
  path: '/channels/:channel_id/messages',
  summary: 'Read a page of messages: newest first, or oldest first beyond a message',
  hint: 'While the newest come first, give `cursor.after` back as `before`.',
  access: channelReader,
  query: MessagesQuery,
  returns: z.array(Message),
  form: 'page',
  run: ({ app, actor, channel: found, query }) =>
    answerPage(app, { channel: found, query, reader_id: actor?.id ?? null }),
});

export const getMessage = endpoint({
  method: 'GET',
  path: '/channels/:channel_id/messages/:message_id',
  summary: 'Read one message',
  access: channelReader,
  returns: Message,
  run: ({ app, actor, channel: found, params }) =>
    viewOf(app, knownMessage({ tx: app.db }, found, params.message_id), actor?.id ?? null),
});

export const createMessage = endpoint({
  method: 'POST',
  path: '/channels/:channel_id/messages',
  summary: 'Send a message',
  access: channel('send_messages'),
  body: NewMessage,
  body_limit: messageBody_bytes,
  returns: Message,
  form: 'written',
  errors: ['rate_limited', 'already_exists'],
  repeatable: true,
  run: ({ turn, body, ...by }) => sendMessage(turn, by, body),
});

export const uploadMessage = endpoint({
  method: 'POST',
  path: '/channels/:channel_id/messages/upload',
  summary: 'Send a message with files',
  hint: 'How many files and how large: `GET /settings` says it.',
  access: channel('send_messages'),
  upload: messageUpload,
  admits: mayUpload,
  body: NewUpload,
  returns: Message,
  form: 'written',
  errors: ['rate_limited', 'already_exists'],
  async prepare({ app, params, files, body, made_before: sent_before }) {
    if (sent_before !== null) return { files: [], sent_before };
    return { files: await storeFiles(app, params.channel_id, files, body.content), sent_before };
  },
  abandon: (app, { files }) => discardFiles(app, files),
  run: ({ turn, body, prepared, ...by }) => sendMessage(turn, by, body, prepared),
});

export const updateMessage = endpoint({
  method: 'PATCH',
  path: '/channels/:channel_id/messages/:message_id',
  summary: 'Edit a message of one’s own, or switch the previews of any',
  hint: 'One’s own needs `send_messages`. Who holds `manage_messages` may change `flags` of any message, and nothing else of it. The lists of mentions follow the new text, and what `allowed_mentions` of this request says.',
  access: ownInChannel,
  body: MessagePatch,
  body_limit: messageBody_bytes,
  returns: Message,
  repeatable: true,
  run: ({ turn, body, params, ...by }) => editMessage(turn, by, params.message_id, body),
});

export const deleteMessageRoute = endpoint({
  method: 'DELETE',
  path: '/channels/:channel_id/messages/:message_id',
  summary: 'Delete a message',
  hint: 'A thread goes with its first message, unless its author alone deletes it: while others answer, it stays then, empty and by the account System, and takes answers only. `message.update` tells it.',
  access: ownInChannel,
  returns: Nothing,
  run: ({ turn, params, ...by }) => deleteMessage(turn, by, params.message_id),
});

export const bulkDelete = endpoint({
  method: 'POST',
  path: '/channels/:channel_id/messages/bulk-delete',
  summary: 'Delete up to 100 messages of a channel; ids that are not there are passed over',
  access: spaceChannel('manage_messages'),
  body: z.object({ messages: z.array(bounded(1000)).max(maxIds) }),
  returns: Nothing,
  run: ({ turn, body, ...by }) => deleteMessages(turn, by, body.messages),
});

export const startTyping = endpoint({
  method: 'POST',
  path: '/channels/:channel_id/typing',
  summary: 'Say that one is writing',
  access: channel('send_messages'),
  body: z.object({
    thread_id: anyText.nullish().describe('passed on where it names a message of the channel'),
  }),
  returns: Nothing,
  repeatable: true,
  run({ turn, channel: found, actor, body }) {
    refuseArchived(found);
    const { id: thread_id } = messageIn(turn.tx, found, body.thread_id ?? '') ?? {};
    turn.tell(
      typingStarted,
      { channel: found },
      {
        channel_id: found.id,
        user_id: actor.id,
        timestamp: time(turn.now),
        ...(thread_id === undefined ? {} : { thread_id }),
      },
    );
  },
});

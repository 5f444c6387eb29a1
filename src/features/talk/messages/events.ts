// The events of messages.
import { z } from 'zod';
import { event, signal } from '../../../events/event.ts';
import { Id, Time } from '../../shapes.ts';
import { Message } from './schema.ts';

export const messageCreated = event('message.create', {
  summary: 'A message was sent',
  intent: 'messages',
  audience: 'channel',
  data: Message,
  subject: ({ id }) => id,
  short: {
    mark: 'm',
    // Addresses of files depend on settings, and may have changed.
    rest({ attachments, nonce }) {
      if (attachments.length > 0) return null;
      return nonce === undefined ? '' : JSON.stringify({ nonce });
    },
  },
});

export const messageUpdated = event('message.update', {
  summary: 'A message has changed; carries it whole',
  intent: 'messages',
  audience: 'channel',
  data: Message,
  subject: ({ id }) => id,
  shows_whole: true,
});

/** Told when an author has changed the links in a message. */
export const linksChanged = signal('links.changed', z.object({ message_id: Id }));

/** Comes after `messageUpdated`: clients replace the whole message with the latest one. */
export const messageForReactors = event('message.update', {
  summary: 'The same for who is there and has reacted to it: with the own reactions marked',
  intent: 'messages',
  audience: 'users',
  ephemeral: true,
  data: Message,
});

export const messageDeleted = event('message.delete', {
  summary: 'A message is gone',
  intent: 'messages',
  audience: 'channel',
  data: z.object({ id: Id, channel_id: Id, space_id: Id.nullable() }),
});

export const messagesDeleted = event('message.delete_bulk', {
  summary: 'Up to 100 messages of a channel are gone',
  intent: 'messages',
  audience: 'channel',
  data: z.object({ ids: z.array(Id), channel_id: Id, space_id: Id.nullable() }),
});

export const typingStarted = event('typing.start', {
  summary: 'Somebody is writing',
  intent: 'message_typing',
  audience: 'channel',
  ephemeral: true,
  data: z.object({ channel_id: Id, user_id: Id, timestamp: Time, thread_id: Id.optional() }),
});

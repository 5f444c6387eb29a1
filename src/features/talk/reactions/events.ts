// The events of reactions; told only when something changed.
import { z } from 'zod';
import { event } from '../../../events/event.ts';
import { Id } from '../../shapes.ts';
import { Reacted } from './schema.ts';

export const reactionAdded = event('reaction.add', {
  summary: 'Somebody has reacted to a message',
  intent: 'message_reactions',
  audience: 'channel',
  data: Reacted,
  subject: ({ message_id }) => message_id,
});

export const reactionRemoved = event('reaction.remove', {
  summary: 'A reaction was taken back',
  intent: 'message_reactions',
  audience: 'channel',
  data: Reacted,
  subject: ({ message_id }) => message_id,
});

export const reactionsCleared = event('reaction.clear', {
  summary: 'A message has no reactions any more',
  intent: 'message_reactions',
  audience: 'channel',
  data: z.object({ channel_id: Id, message_id: Id }),
  subject: ({ message_id }) => message_id,
});

export const emojiCleared = event('reaction.clear_emoji', {
  summary: 'A message has no reactions with that emoji any more',
  intent: 'message_reactions',
  audience: 'channel',
  data: z.object({ channel_id: Id, message_id: Id, emoji: z.string() }),
  subject: ({ message_id }) => message_id,
});

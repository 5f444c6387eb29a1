// The events of custom emojis.
import { z } from 'zod';
import { event } from '../../../events/event.ts';
import { Id } from '../../shapes.ts';
import { Emoji } from './schema.ts';

const EmojiTold = z.object({ space_id: Id, emoji: Emoji });

export const emojiCreated = event('emoji.create', {
  summary: 'A space has a new emoji',
  intent: 'emojis',
  audience: 'space',
  data: EmojiTold,
});

export const emojiUpdated = event('emoji.update', {
  summary: 'An emoji has changed',
  intent: 'emojis',
  audience: 'space',
  data: EmojiTold,
});

export const emojiDeleted = event('emoji.delete', {
  summary: 'An emoji is gone',
  intent: 'emojis',
  audience: 'space',
  data: z.object({ space_id: Id, emoji_id: Id }),
});

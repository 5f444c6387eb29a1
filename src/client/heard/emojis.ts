// What the events of custom emojis change, in spaces whose list was read.
import type { Handlers } from './handlers.ts';

export const emojiHandlers: Handlers = {
  'emoji.create'(shelves, { space_id, emoji }) {
    shelves.emojis.get(space_id)?.set(emoji.id, emoji);
    shelves.touch('emojis');
  },
  'emoji.update'(shelves, { space_id, emoji }) {
    shelves.emojis.get(space_id)?.set(emoji.id, emoji);
    shelves.touch('emojis');
  },
  'emoji.delete'(shelves, { space_id, emoji_id }) {
    shelves.emojis.get(space_id)?.delete(emoji_id);
    shelves.touch('emojis');
  },
};

// The REST endpoints of custom emojis.
import { z } from 'zod';
import { space, spaceMember } from '../../../access/rules.ts';
import { noSuch } from '../../../errors.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { imagesBody } from '../../base/files/images.ts';
import { mayUpload } from '../../base/files/quota.ts';
import { ListQuery, Nothing } from '../../shapes.ts';
import { changeEmoji, createEmoji, deleteEmoji } from './actions.ts';
import { discardEmoji, storeEmoji } from './image.ts';
import { emojisOf, findEmoji } from './queries.ts';
import { Emoji, EmojiPatch, NewEmoji } from './schema.ts';
import { emojiView } from './view.ts';

export const listEmojis = endpoint({
  method: 'GET',
  path: '/spaces/:space_id/emojis',
  summary: 'List the emojis of a space, oldest first',
  access: spaceMember,
  query: ListQuery,
  returns: z.array(Emoji),
  run: ({ app, space: { id }, query }) =>
    emojisOf(app.db, id, query.after ?? '', query.limit).map((full) => emojiView(app, full)),
});

export const getEmoji = endpoint({
  method: 'GET',
  path: '/spaces/:space_id/emojis/:emoji_id',
  summary: 'Read an emoji',
  access: spaceMember,
  returns: Emoji,
  run({ app, space: { id }, params }) {
    const full = findEmoji(app.db, id, params.emoji_id);
    if (full === undefined) throw noSuch('emoji');
    return emojiView(app, full);
  },
});

export const createEmojiRoute = endpoint({
  method: 'POST',
  path: '/spaces/:space_id/emojis',
  summary: 'Make an emoji',
  access: space('manage_emojis'),
  body: NewEmoji,
  body_limit: imagesBody(1, 'max_emoji_size'),
  admits: mayUpload,
  returns: Emoji,
  errors: ['already_exists'],
  prepare: ({ app, params, body }) => storeEmoji(app, params.space_id, body.image),
  abandon: (app, stored) => discardEmoji(app, stored),
  run: ({ turn, body, prepared, ...by }) => createEmoji(turn, by, body, prepared),
});

export const updateEmojiRoute = endpoint({
  method: 'PATCH',
  path: '/spaces/:space_id/emojis/:emoji_id',
  summary: 'Rename an emoji, or give it to other roles',
  access: space('manage_emojis'),
  body: EmojiPatch,
  returns: Emoji,
  errors: ['already_exists'],
  run: ({ turn, params, body, ...by }) => changeEmoji(turn, by, params.emoji_id, body),
});

export const deleteEmojiRoute = endpoint({
  method: 'DELETE',
  path: '/spaces/:space_id/emojis/:emoji_id',
  summary: 'Remove an emoji',
  access: space('manage_emojis'),
  returns: Nothing,
  run: ({ turn, params, ...by }) => deleteEmoji(turn, by, params.emoji_id),
});

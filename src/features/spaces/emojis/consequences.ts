// What becomes of custom emojis when a role, their maker or their space goes.
import { consequence } from '../../../write.ts';
import { tracesRenounced } from '../members/events.ts';
import { roleDeleted } from '../roles/events.ts';
import { spaceDeleted } from '../spaces/events.ts';
import { maxEmojis, tellEmoji } from './actions.ts';
import { removeEmojiFiles } from './image.ts';
import { deleteEmojiRow, emojisOf, emojisOfRole, forgetCreator, forgetRole } from './queries.ts';

/** Who is left in the list of an emoji may use it; with nobody left everyone may. */
export const forgetRoleOfEmojis = consequence(roleDeleted, (turn, { space_id, role_id }) => {
  const touched = emojisOfRole(turn.tx, role_id);
  forgetRole(turn.tx, role_id);
  for (const { id } of touched) tellEmoji(turn, space_id, id);
});

/** The emojis stay, whoever made them. */
export const forgetTracesOfEmojis = consequence(tracesRenounced, (turn, { space_id, user_id }) => {
  for (const id of forgetCreator(turn.tx, space_id, user_id)) tellEmoji(turn, space_id, id);
});

/** All at once: their number is bounded. */
export const removeEmojisOfSpace = consequence(spaceDeleted, (turn, { id: space_id }) => {
  for (const { emoji } of emojisOf(turn.tx, space_id, '', maxEmojis)) {
    deleteEmojiRow(turn.tx, emoji.id);
    removeEmojiFiles(turn.tx, emoji);
  }
});

// Updates custom emojis when a role is deleted, their creator leaves, or their space is deleted.
import { consequence } from '../../../consequence.ts';
import { memberForgotten, tracesRenounced } from '../members/events.ts';
import { roleDeleted } from '../roles/events.ts';
import { spaceDeleted } from '../spaces/events.ts';
import { maxEmojis, tellEmoji } from './actions.ts';
import { removeEmojiFiles } from './image.ts';
import { deleteEmojiRow, emojisOf, emojisOfRole, forgetCreator, forgetRole } from './queries.ts';

/** Takes the role out of emojis' lists; an emoji with an empty list is for everyone. */
export const forgetRoleOfEmojis = consequence(roleDeleted, (turn, { space_id, role_id }) => {
  const touched = emojisOfRole(turn.tx, role_id);
  forgetRole(turn.tx, role_id);
  for (const { id } of touched) tellEmoji(turn, space_id, id);
});

/** The emojis stay, without a creator. */
export const forgetTracesOfEmojis = consequence(tracesRenounced, (turn, { space_id, user_id }) => {
  for (const id of forgetCreator(turn.tx, space_id, user_id)) tellEmoji(turn, space_id, id);
});

export const forgetCreatorOfEmojis = consequence(memberForgotten, (turn, { space_id, user_id }) => {
  for (const id of forgetCreator(turn.tx, space_id, user_id)) tellEmoji(turn, space_id, id);
});

/** Removes all emojis at once, because there are at most `maxEmojis`. */
export const removeEmojisOfSpace = consequence(spaceDeleted, (turn, { id: space_id }) => {
  for (const { emoji } of emojisOf(turn.tx, space_id, '', maxEmojis)) {
    deleteEmojiRow(turn.tx, emoji.id);
    removeEmojiFiles(turn.tx, emoji);
  }
});

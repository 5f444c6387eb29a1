// Drops what is kept of messages when reactions to them come or go.
import { consequence } from '../../../consequence.ts';
import { forgetKept } from '../messages/kept.ts';
import { emojiCleared, reactionAdded, reactionRemoved, reactionsCleared } from './events.ts';

type Changed =
  | typeof reactionAdded
  | typeof reactionRemoved
  | typeof reactionsCleared
  | typeof emojiCleared;

const forgetting = (event: Changed) =>
  consequence(event, ({ tx }, { channel_id, message_id }) =>
    forgetKept(tx, channel_id, [message_id]),
  );

export const forgetWithMore = forgetting(reactionAdded);
export const forgetWithLess = forgetting(reactionRemoved);
export const forgetWithout = forgetting(reactionsCleared);
export const forgetWithoutEmoji = forgetting(emojiCleared);

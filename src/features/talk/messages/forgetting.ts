// Drops what is kept of messages when their events are told, so that no action has to remember it.
import { consequence } from '../../../consequence.ts';
import { messageCreated, messageDeleted, messagesDeleted, messageUpdated } from './events.ts';
import { forgetKept } from './kept.ts';

export const forgetPages = consequence(messageCreated, ({ tx }, { channel_id }) =>
  forgetKept(tx, channel_id, []),
);

export const forgetChanged = consequence(messageUpdated, ({ tx }, { channel_id, id }) =>
  forgetKept(tx, channel_id, [id]),
);

export const forgetDeleted = consequence(messageDeleted, ({ tx }, { channel_id, id }) =>
  forgetKept(tx, channel_id, [id]),
);

export const forgetAllDeleted = consequence(messagesDeleted, ({ tx }, { channel_id, ids }) =>
  forgetKept(tx, channel_id, ids),
);

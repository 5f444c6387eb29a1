// Notes whom messages name and who takes part in threads, and forgets it with the messages.
import { readerOf } from '../../../access/hearing.ts';
import { placeOf } from '../../../access/place.ts';
import type { App } from '../../../app.ts';
import { consequence } from '../../../consequence.ts';
import { conversationOpened } from '../../spaces/conversations/events.ts';
import { tracesRenounced } from '../../spaces/members/events.ts';
import {
  messageCreated,
  messageDeleted,
  messagesDeleted,
  messageUpdated,
} from '../messages/events.ts';
import { findMessage } from '../messages/queries.ts';
import { isTombstone } from '../messages/view.ts';
import { readStateUpdated } from './events.ts';
import { readStateOf } from './ready.ts';
import { unreadChannel } from './unread.ts';
import { follow, forgetMentions, forgetReading, insertMentions, keepMentions } from './queries.ts';

function mayView(app: App, user_id: string, channel_id: string): boolean {
  return placeOf(app, readerOf(app.db, user_id), channel_id)?.can('view_channel') ?? false;
}

/** Rows are written for who is named, the author and who began the thread: never for each member. */
export const noteMentions = consequence(messageCreated, ({ app, tx }, message) => {
  const { id, author_id, channel_id, thread_id, space_id } = message;
  const named = message.mentions.filter((user_id) => user_id !== author_id);
  // In a conversation every message counts as a mention.
  if (named.length > 0 && space_id !== null) insertMentions(tx, message, named);
  if (thread_id === null) return;
  const thread = { channel_id, thread_id };
  follow(tx, thread, [author_id], id);
  const first = findMessage(tx, thread_id);
  const beginner = first === undefined || isTombstone(first) ? [] : [first.author_id];
  // Whoever is named without a view of the channel must not find the thread in a cursor.
  const here = named.filter((user_id) => mayView(app, user_id, channel_id));
  follow(tx, thread, [...beginner, ...here], '0');
});

/** An edit notifies nobody, but takes away what it does not mention any more. */
export const dropMentions = consequence(messageUpdated, ({ tx }, { id, mentions }) => {
  keepMentions(tx, id, mentions);
});

export const forgetMessage = consequence(messageDeleted, ({ tx }, { id }) => {
  forgetMentions(tx, [id]);
});

export const forgetMessages = consequence(messagesDeleted, ({ tx }, { ids }) => {
  forgetMentions(tx, ids);
});

/** A window that opens again shows what was not read in it. */
export const showUnread = consequence(conversationOpened, (turn, { id }, { user_ids }) => {
  for (const user_id of user_ids) {
    const unread = unreadChannel(turn.app, readerOf(turn.tx, user_id), id);
    if (unread !== null) turn.tell(readStateUpdated, { user_ids: [user_id] }, readStateOf(unread));
  }
});

export const forgetTraces = consequence(tracesRenounced, ({ tx }, { user_id, space_id }) => {
  forgetReading(tx, user_id, space_id);
});

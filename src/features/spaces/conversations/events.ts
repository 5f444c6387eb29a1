// The events of conversations: told to each of their people alone, since nobody is shown to oneself.
import { z } from 'zod';
import { event, signal } from '../../../events/event.ts';
import { Id } from '../../shapes.ts';
import { ChannelGone } from '../channels/events.ts';
import { Channel } from '../channels/schema.ts';

const movesChannel = ({ id }: { id: string }) => ({ channel_id: id });

export const conversationOpened = event('channel.create', {
  summary: 'A conversation was opened with one, or its window opens again',
  intent: 'spaces',
  audience: 'users',
  data: Channel,
  moves: movesChannel,
});

export const conversationUpdated = event('channel.update', {
  summary: 'A conversation has another name, other people or another owner',
  intent: 'spaces',
  audience: 'users',
  data: Channel,
  moves: movesChannel,
});

export const conversationGone = event('channel.delete', {
  summary: 'A conversation is gone, one was taken out of it, or has closed its window',
  intent: 'spaces',
  audience: 'users',
  data: ChannelGone,
  moves: movesChannel,
});

/** Somebody does not take part any more, or has closed the window; told before `channel.delete`. */
export const personLeft = signal('conversation.person_left', z.object({ id: Id, user_id: Id }), {
  moves: movesChannel,
  at_once: true,
});

/** What two people may do in their conversation has changed. */
export const blockChanged = signal('conversation.block_changed', z.object({ id: Id }), {
  moves: movesChannel,
  at_once: true,
});

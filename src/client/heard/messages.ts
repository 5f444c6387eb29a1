// What the events of messages and reactions change.
import {
  emojiText,
  withoutMe,
  withoutReaction,
  withReaction,
  type KnownMessage,
  type Reaction,
} from '../reactions.ts';
import { byAge, type Shelves } from '../shelves.ts';
import type { Handlers } from './handlers.ts';

interface Place {
  readonly channel_id: string;
  readonly message_id: string;
}

function setNewest(shelves: Shelves, channel_id: string, id: string | null): void {
  const { shelf, part } = shelves.homeOf(channel_id);
  const channel = shelf.get(channel_id);
  if (channel === undefined) return;
  shelf.set(channel_id, { ...channel, last_message_id: id });
  shelves.touch(part);
}

/**
 * The newest message of a channel, of those from `since` on; null if it has none, undefined if it is one
 * that is not noted. What is older may have gaps.
 */
function newestOf(messages: Iterable<KnownMessage>, since: string): string | null | undefined {
  const ids = [...messages]
    .filter(({ id, thread_id }) => thread_id === null && byAge(id, since) >= 0)
    .map(({ id }) => id);
  return ids.toSorted(byAge).at(-1) ?? (since === '0' ? null : undefined);
}

function forget(shelves: Shelves, channel_id: string, id: string): void {
  const messages = shelves.messages.get(channel_id);
  messages?.delete(id);
  if (shelves.channel(channel_id)?.last_message_id !== id) return;
  const since = shelves.since.get(channel_id);
  const newest = since === undefined ? undefined : newestOf(messages?.values() ?? [], since);
  if (newest === undefined) shelves.vague.add(channel_id);
  else setNewest(shelves, channel_id, newest);
}

function react(
  shelves: Shelves,
  { channel_id, message_id }: Place,
  change: (list: readonly Reaction[]) => Reaction[],
): void {
  const messages = shelves.messages.get(channel_id);
  const message = messages?.get(message_id);
  if (messages === undefined || message === undefined) return;
  const reactions = change(message.reactions ?? []);
  messages.set(message_id, { ...message, reactions: reactions.length === 0 ? null : reactions });
  shelves.touch('messages');
}

const known = (message: KnownMessage, isReplayed: boolean) =>
  isReplayed ? withoutMe(message) : message;

export const messageHandlers: Handlers = {
  'message.create'(shelves, message, { isReplayed }) {
    const { channel_id, id, thread_id } = message;
    if (thread_id === null && shelves.channel(channel_id) !== undefined) {
      shelves.vague.delete(channel_id);
      setNewest(shelves, channel_id, id);
    }
    const messages = shelves.messages.get(channel_id);
    if (messages === undefined) return;
    messages.set(id, known(message, isReplayed));
    shelves.touch('messages');
  },
  'message.update'(shelves, message, { isReplayed }) {
    const messages = shelves.messages.get(message.channel_id);
    if (!messages?.has(message.id)) return;
    messages.set(message.id, known(message, isReplayed));
    shelves.touch('messages');
  },
  'message.delete'(shelves, { channel_id, id }) {
    forget(shelves, channel_id, id);
    shelves.touch('messages');
  },
  'message.delete_bulk'(shelves, { channel_id, ids }) {
    for (const id of ids) forget(shelves, channel_id, id);
    shelves.touch('messages');
  },
  'reaction.add'(shelves, data) {
    const isOwn = data.user_id === shelves.user?.id;
    react(shelves, data, (list) => withReaction(list, { emoji: data.emoji, isOwn }));
  },
  'reaction.remove'(shelves, data) {
    const isOwn = data.user_id === shelves.user?.id;
    react(shelves, data, (list) => withoutReaction(list, { emoji: data.emoji, isOwn }));
  },
  'reaction.clear'(shelves, data) {
    react(shelves, data, () => []);
  },
  'reaction.clear_emoji'(shelves, data) {
    react(shelves, data, (list) => list.filter((one) => emojiText(one) !== data.emoji));
  },
};

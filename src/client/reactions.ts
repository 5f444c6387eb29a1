// Reactions as a client counts them: events say whose they are, and RESUME does not say which are one's own.
import type { Message } from './wire.ts';

type Shown = NonNullable<Message['reactions']>[number];

/** `me` is null where it is not known whether the reader has reacted. */
export type Reaction = Omit<Shown, 'me'> & { me: boolean | null };
export type KnownMessage = Omit<Message, 'reactions'> & { reactions: Reaction[] | null };

/** The emoji as events and paths write it. */
export const emojiText = ({ emoji }: Pick<Reaction, 'emoji'>): string =>
  typeof emoji === 'string' ? emoji : emoji.name;

/** The emoji as a message shows it: `name:id` of a space's own one as plain text. */
const shownEmoji = (text: string): Reaction['emoji'] =>
  /:\d+$/.test(text) ? text : { id: null, name: text };

/** The same message without a word about whose its reactions are. */
export function withoutMe(message: KnownMessage): KnownMessage {
  const reactions = message.reactions?.map((one) => ({ ...one, me: null }));
  return reactions === undefined ? message : { ...message, reactions };
}

interface Deed {
  readonly emoji: string;
  readonly isOwn: boolean;
}

export function withReaction(list: readonly Reaction[], { emoji, isOwn }: Deed): Reaction[] {
  const old = list.find((one) => emojiText(one) === emoji);
  if (old === undefined) return [...list, { emoji: shownEmoji(emoji), count: 1, me: isOwn }];
  const grown = { ...old, count: old.count + 1, me: isOwn ? true : old.me };
  return list.map((one) => (one === old ? grown : one));
}

export function withoutReaction(list: readonly Reaction[], { emoji, isOwn }: Deed): Reaction[] {
  const old = list.find((one) => emojiText(one) === emoji);
  if (old === undefined || old.count === 1) return list.filter((one) => one !== old);
  const shrunk = { ...old, count: old.count - 1, me: isOwn ? false : old.me };
  return list.map((one) => (one === old ? shrunk : one));
}

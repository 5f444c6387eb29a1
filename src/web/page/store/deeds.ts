// What one does to a message, and whether one may.
import { signal } from '@preact/signals';
import { canInChannel } from '../../../client/permissions.ts';
import type { KnownMessage } from '../../../client/reactions.ts';
import { Refused } from '../../../client/rest.ts';
import type { Channel } from '../../../client/wire.ts';
import { say } from '../words/say.ts';
import { linkTo } from './address.ts';
import { noteEmoji } from './emojis.ts';
import { seen } from './live.ts';
import { rest } from './session.ts';

/** What went wrong last, said for a while. */
export const trouble = signal<string | null>(null);
const shown_ms = 6_000;
let ending: ReturnType<typeof setTimeout> | undefined;

export function tell(text: string): void {
  trouble.value = text;
  clearTimeout(ending);
  ending = setTimeout(() => (trouble.value = null), shown_ms);
}

/** Says why a call has failed, as the server says it; true if it went well. */
export async function tried(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    tell(error instanceof Refused ? error.message : say('not_reached'));
    return false;
  }
}

/** What one may do to a message. */
export interface Rights {
  readonly isOwn: boolean;
  readonly answer: boolean;
  readonly react: boolean;
  readonly thread: boolean;
  readonly edit: boolean;
  readonly pin: boolean;
  readonly remove: boolean;
  readonly hidePreviews: boolean;
}

/** By the account that stands for people who are gone, and for what they left. */
export const isEmptied = ({ content, attachments, embeds, title }: KnownMessage): boolean =>
  content === '' && attachments.length + embeds.length === 0 && title === null;

/** What texts begin with that other apps encrypt from end to end: this client has no keys. */
const encryptedPrefix = 'daccord-e2ee:1:';

interface Written {
  /** Null in conversations; in spaces, what begins like that is text like any other. */
  readonly space_id: string | null;
  readonly content: string;
}

/** Whether nobody can read a text here. */
export const isEncrypted = ({ space_id, content }: Written): boolean =>
  space_id === null && content.startsWith(encryptedPrefix);

export function rightsOn(message: KnownMessage, channel: Channel): Rights {
  const state = seen('user', 'roles', 'members', 'relations');
  const can = state === null ? () => false : canInChannel(state, channel);
  const isOwn = message.author_id === state?.user?.id;
  const isOpen = !channel.archived;
  const isGone = isEmptied(message);
  const mayWrite = isOpen && can('send_messages');
  const isReply = message.thread_id !== null;
  const mayAnswer = mayWrite && (!isReply || can('send_in_threads'));
  const isBegun = message.reply_count > 0;
  // Members of a conversation pin in it; in a space that takes a permission.
  const mayPin = can('manage_messages') || channel.space_id === null;
  return {
    isOwn,
    answer: mayAnswer,
    react: isOpen && !isGone && can('add_reactions'),
    thread: !isReply && (isBegun || (mayWrite && can('send_in_threads') && can('create_threads'))),
    // The field would hold what nobody can read.
    edit: isOwn && mayAnswer && !isGone && !isEncrypted(message),
    pin: isOpen && !isGone && mayPin,
    remove: (isOwn || can('manage_messages')) && !isGone,
    hidePreviews:
      isOpen && message.embeds.length > 0 && (isOwn ? mayWrite : can('manage_messages')),
  };
}

const pathOf = ({ channel_id, id }: KnownMessage) => ({ channel_id, message_id: id });

/** Reacts with an emoji, or takes that back. */
export function toggleReaction(message: KnownMessage, emoji: string, isOwn: boolean): void {
  const path = { ...pathOf(message), emoji };
  const key = '/channels/:channel_id/messages/:message_id/reactions/:emoji/@me';
  if (!isOwn) noteEmoji(emoji);
  void tried(isOwn ? rest.call(`DELETE ${key}`, path) : rest.call(`PUT ${key}`, path));
}

export function togglePin(message: KnownMessage): Promise<boolean> {
  const key = '/channels/:channel_id/pins/:message_id';
  const path = pathOf(message);
  return tried(message.pinned ? rest.call(`DELETE ${key}`, path) : rest.call(`PUT ${key}`, path));
}

export function removeMessage(message: KnownMessage): Promise<boolean> {
  return tried(rest.call('DELETE /channels/:channel_id/messages/:message_id', pathOf(message)));
}

export function changeText(message: KnownMessage, content: string): Promise<boolean> {
  const key = 'PATCH /channels/:channel_id/messages/:message_id';
  return tried(rest.call(key, { ...pathOf(message), body: { content } }));
}

/** The bit of `flags` that takes the previews of links away. */
const noPreviews = 4;

export function hidePreviews(message: KnownMessage): Promise<boolean> {
  const key = 'PATCH /channels/:channel_id/messages/:message_id';
  const flags = message.flags | noPreviews;
  return tried(rest.call(key, { ...pathOf(message), body: { flags } }));
}

/** The address of a message in the page; that of an answer opens its thread. */
export const linkOf = ({ channel_id, thread_id, id }: KnownMessage): string =>
  thread_id === null ? linkTo.message(channel_id, id) : linkTo.thread(channel_id, thread_id, id);

/** Copies a text; over http:// browsers refuse that, and it is said. */
export async function copy(text: string): Promise<void> {
  const written = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error('insecure'));
  await written.then(
    () => tell(say('copied')),
    () => tell(say('not_copied', { text })),
  );
}

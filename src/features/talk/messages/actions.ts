// Sends messages.
import type { AnyChannel } from '../../../access/evaluate.ts';
import { missing, type ChannelGrant } from '../../../access/rules.ts';
import type { Actor } from '../../../access/tokens.ts';
import type { Turn } from '../../../app.ts';
import { defaultsOf } from '../../../db/derived.ts';
import type { Db } from '../../../db/open.ts';
import { messages } from '../../../db/schema/messages.ts';
import { ApiError, noSuch } from '../../../errors.ts';
import { jsonOf } from '../../../events/event.ts';
import { WrittenData } from '../../../http/endpoint.ts';
import type { Nonce } from '../../../lib/nonce.ts';
import { snowflakeTime, timeBeside } from '../../../lib/snowflake.ts';
import { countUpload } from '../../base/files/quota.ts';
import { removeLater } from '../../base/files/removals.ts';
import { setLastMessage } from '../../spaces/channels/queries.ts';
import { reopen } from '../../spaces/conversations/actions.ts';
import { attachmentPath } from './addresses.ts';
import { messageCreated } from './events.ts';
import { viewOf } from './extras.ts';
import { isTombstone, messageView } from './view.ts';
import { mentionedIn } from './mentioned.ts';
import { noteNonce, sentBefore } from './nonces.ts';
import {
  countReply,
  insertMessage,
  lastSent,
  messageIn,
  noteSent,
  type MessageRow,
  type NewAttachment,
} from './queries.ts';
import type { NewMessage } from './schema.ts';
import { contentIn } from './encrypted.ts';
import { flagsOf } from './flags.ts';
import { refuseTooLarge, tellMessage } from './telling.ts';

/** Returns the message of this channel; throws 404 if there is none. */
export function knownMessage({ tx }: { tx: Db }, channel: AnyChannel, id: string): MessageRow {
  const row = messageIn(tx, channel, id);
  if (row === undefined) throw noSuch('message');
  return row;
}

/** Refuses what would put something new into an archived channel. */
export function refuseArchived({ archived }: Pick<AnyChannel, 'archived'>): void {
  if (archived) throw new ApiError('forbidden', 'This channel is archived.');
}

/** Returns the message of this channel that takes more than answers; throws 403 for tombstones. */
export function livingMessage(turn: { tx: Db }, channel: AnyChannel, id: string): MessageRow {
  const row = knownMessage(turn, channel, id);
  if (!isTombstone(row)) return row;
  throw new ApiError('forbidden', 'This message was deleted: it takes answers and nothing else.');
}

/** Refuses a message that the author may not post in this channel, or that nobody can post. */
function refuseUnfit(turn: Turn, by: ChannelGrant, wish: NewMessage, hasFiles: boolean): void {
  const { channel, can, actor } = by;
  refuseArchived(channel);
  const needed = [
    wish.thread_id ? 'send_in_threads' : null,
    wish.tts ? 'send_tts' : null,
    wish.embeds.length > 0 ? 'embed_links' : null,
    hasFiles ? 'attach_files' : null,
  ] as const;
  for (const permission of needed) {
    if (permission !== null && !can(permission)) throw missing(permission);
  }
  if (channel.rate_limit > 0 && !can('manage_channels') && !can('manage_messages')) {
    holdSlowMode(turn, channel, actor);
  }
  if (channel.type === 'category') {
    throw new ApiError('invalid_request', 'Nothing can be posted in a category.');
  }
  if (wish.content === '' && wish.embeds.length === 0 && !hasFiles) {
    throw new ApiError('invalid_request', 'A message needs a text, an embed or a file.');
  }
}

function holdSlowMode(turn: Turn, channel: AnyChannel, actor: Actor): void {
  const last = lastSent(turn.tx, channel.id, actor.id);
  // A time that is still to come is from a run whose clock was ahead.
  const free_at = last === null || last > turn.steady ? 0 : last + channel.rate_limit * 1000;
  if (free_at > turn.steady) {
    throw new ApiError('rate_limited', 'This channel is in slow mode.', {
      retryAfter_s: Math.ceil((free_at - turn.steady) / 1000),
      hidesLongWait: true,
    });
  }
  noteSent(turn.tx, channel.id, actor.id, turn.steady);
}

/** Returns the message of this channel that a body's `field` names; throws 400 if there is none. */
function named(turn: Turn, channel: AnyChannel, id: string, field: string): MessageRow {
  const row = messageIn(turn.tx, channel, id);
  if (row === undefined) {
    throw new ApiError('invalid_request', `${field} names no message of this channel.`);
  }
  return row;
}

/** Refuses replies to replies. A first reply needs `create_threads`, except in forums. */
function refuseThread({ channel, can }: ChannelGrant, parent: MessageRow): void {
  if (parent.thread_id !== null) {
    throw new ApiError('invalid_request', 'thread_id names a reply; threads do not nest.');
  }
  if (parent.reply_count === 0 && channel.type !== 'forum' && !can('create_threads')) {
    throw missing('create_threads');
  }
}

/** Files that are stored already, or what was sent before by the same nonce. */
export interface Upload {
  files: readonly NewAttachment[];
  sent_before: string | null;
}

/**
 * Sends a message, tells everyone who may view the channel, and returns it as it was told; one that
 * was sent already, by its nonce, as it is now.
 */
export function sendMessage(
  turn: Turn,
  by: ChannelGrant,
  wish: NewMessage,
  { files, sent_before }: Upload = { files: [], sent_before: null },
): WrittenData {
  const { channel, actor } = by;
  const { nonce } = wish;
  const sent = nonce === undefined ? null : { channel_id: channel.id, author_id: actor.id, nonce };
  const known = sent && (sent_before ?? sentBefore(turn.tx, sent, turn.steady));
  if (known !== null) return sentAlready(turn, by, known, { files, nonce });
  const content = contentIn(channel, wish.content);
  refuseUnfit(turn, by, wish, files.length > 0);
  if (wish.reply_to) named(turn, channel, wish.reply_to, 'reply_to');
  if (wish.thread_id) refuseThread(by, named(turn, channel, wish.thread_id, 'thread_id'));
  const size = files.reduce((sum, file) => sum + file.size, 0);
  countUpload(turn, actor.id, size);
  const row = blankRow(turn, channel, actor.id, {
    content,
    title: wish.title ?? null,
    tts: wish.tts,
    flags: flagsOf(wish.flags),
    ...mentionedIn(turn, by, content, wish.allowed_mentions),
    embeds: wish.embeds.length === 0 ? null : wish.embeds.map(withoutNulls),
    reply_to: wish.reply_to ?? null,
    thread_id: wish.thread_id ?? null,
  });
  const json = post(turn, channel, row, { files, nonce });
  if (sent !== null) noteNonce(turn.tx, sent, row.id, turn.steady);
  return new WrittenData([json]);
}

/** Returns a message that was sent before by the same nonce; the files that came again go. */
function sentAlready(
  { app, tx }: Turn,
  { channel, actor }: ChannelGrant,
  id: string,
  { files, nonce }: { files: readonly NewAttachment[]; nonce: Nonce | undefined },
): WrittenData {
  for (const file of files) removeLater(tx, attachmentPath(file));
  const row = messageIn(tx, channel, id);
  if (row === undefined || isTombstone(row)) {
    throw new ApiError('already_exists', 'The message with this nonce was sent, and is deleted.');
  }
  const message = { ...viewOf(app, row, actor.id), nonce };
  return new WrittenData([jsonOf(app, messageCreated, message)]);
}

const blank = defaultsOf(messages);

/** Returns a message row with a new id and the given values; every other column has its default. */
export function blankRow(
  turn: Turn,
  channel: AnyChannel,
  author_id: string,
  given: Partial<MessageRow>,
): MessageRow {
  const id = turn.id();
  const isPost = channel.type === 'forum' && !given.thread_id;
  return {
    ...blank,
    id,
    channel_id: channel.id,
    space_id: channel.space_id,
    author_id,
    content: '',
    active_at: isPost ? snowflakeTime(id) : null,
    sent_at: timeBeside(id, turn.app.clock.now()),
    ...given,
  };
}

/**
 * Writes a message and tells it; for a reply, also tells the thread's first message anew. Returns it
 * as JSON.
 */
export function post(
  turn: Turn,
  channel: AnyChannel,
  row: MessageRow,
  { files = [], nonce }: { files?: readonly NewAttachment[]; nonce?: Nonce | undefined } = {},
): string {
  insertMessage(turn.tx, row, files);
  // A new message has no attachments or reactions beyond the files that came with it.
  const view = files.length === 0 ? messageView(turn.app, row) : viewOf(turn.app, row, null);
  const message = nonce === undefined ? view : { ...view, nonce };
  refuseTooLarge(message);
  if (channel.space_id === null) reopen(turn, channel);
  const json = turn.tell(messageCreated, { channel }, message);
  if (row.thread_id === null) {
    setLastMessage(turn.tx, channel.id, row.id);
  } else {
    countReply(turn.tx, row.thread_id, 1, row);
    tellMessage(turn, channel, row.thread_id);
  }
  return json;
}

/** Returns an embed without the keys that have no value. */
export function withoutNulls<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, (_key, inner) => inner ?? undefined)) as T;
}

// Adds, removes and clears reactions.
import { has, spacePermissions } from '../../../access/evaluate.ts';
import { memberAccess, spaceAccess } from '../../../access/load.ts';
import type { ChannelGrant } from '../../../access/rules.ts';
import type { Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { recordIn } from '../../spaces/audit-log/actions.ts';
import { customEmojiId } from '../../spaces/emojis/spelling.ts';
import { livingMessage, knownMessage, refuseArchived } from '../messages/actions.ts';
import { isEncrypted } from '../messages/encrypted.ts';
import type { MessageRow } from '../messages/queries.ts';
import { eraseReactions } from '../messages/reacted.ts';
import { isEmojiName, isUnicodeEmoji, spellingAmong } from './emoji.ts';
import { emojiCleared, reactionAdded, reactionRemoved, reactionsCleared } from './events.ts';
import {
  deleteReaction,
  emojisOn,
  findCustomEmoji,
  insertReaction,
  spellingOn,
  withId,
} from './queries.ts';

/** How many emojis a message takes, and the size of all their names as JSON: it has to fit into a frame. */
const max = { any: { count: 50, bytes: 4_096 }, encrypted: { count: 25, bytes: 2_048 } };

/** Adds the actor's reaction to a message; does nothing if it is there already. */
export function react(turn: Turn, by: ChannelGrant, to: string, given: string): void {
  const { channel, actor } = by;
  const row = livingMessage(turn, channel, to);
  const message_id = row.id;
  refuseArchived(channel);
  const wish = usable(turn, by, withId(turn.tx, channel.space_id, given));
  const there = emojisOn(turn.tx, message_id);
  const spelling = spellingAmong(there, wish);
  if (spelling === null) refuseTooMany(row, [...there, wish]);
  // Clients count by the text, so all spellings are told as the first one.
  const emoji = spelling ?? wish;
  if (!insertReaction(turn.tx, { message_id, emoji, user_id: actor.id })) return;
  const data = { channel_id: channel.id, message_id, user_id: actor.id, emoji };
  turn.tell(reactionAdded, { channel }, data);
}

function refuseTooMany(row: MessageRow, emojis: readonly string[]): void {
  const { count, bytes } = isEncrypted(row) ? max.encrypted : max.any;
  if (emojis.length <= count && Buffer.byteLength(JSON.stringify(emojis)) <= bytes) return;
  throw new ApiError(
    'invalid_request',
    `This message takes at most ${count} different emojis, fewer with long names.`,
  );
}

/**
 * Returns one emoji of Unicode, a short name, or an emoji that the actor may use here under the name that
 * it has: the name that was sent could be any text. Throws for anything else.
 */
function usable(turn: Turn, by: ChannelGrant, emoji: string): string {
  const id = customEmojiId(emoji);
  if (id !== null) return `${nameOfUsable(turn, by, id)}:${id}`;
  if (isEmojiName(emoji) || isUnicodeEmoji(emoji)) return emoji;
  throw new ApiError(
    'invalid_request',
    'A reaction is one emoji, a name of a to z, digits, _, + and -, or `name:id` of an emoji of the space.',
  );
}

/**
 * Returns the name of an emoji of the space. Refuses those of other spaces, and those for certain roles
 * unless the actor has one of these.
 */
function nameOfUsable({ app, tx }: Turn, by: ChannelGrant, id: string): string {
  const { actor, channel } = by;
  const known = findCustomEmoji(tx, id);
  if (known === null || known.space_id !== channel.space_id) {
    throw new ApiError('invalid_request', 'This space has no emoji with that id.');
  }
  const home = spaceAccess(app, known.space_id);
  if (known.role_ids.length === 0 || home === null) return known.name;
  const member = memberAccess(app, home.id, actor.id);
  if (has(spacePermissions(home, member, actor), 'administrator')) return known.name;
  // Every member has @everyone, without an assignment.
  const held = member === null ? [] : [home.everyone.id, ...member.role_ids];
  if (held.some((role_id) => known.role_ids.includes(role_id))) return known.name;
  throw new ApiError('forbidden', 'This emoji is for certain roles only.');
}

/** Removes an account's reaction from a message; does nothing if it is not there. */
export function unreact(
  turn: Turn,
  by: ChannelGrant,
  from: string,
  wish: string,
  user_id: string,
): void {
  const { channel } = by;
  const { id: message_id } = knownMessage(turn, channel, from);
  const emoji = spellingOn(turn.tx, { space_id: channel.space_id, message_id }, wish);
  if (emoji === null) return;
  if (!deleteReaction(turn.tx, { message_id, emoji, user_id })) return;
  const data = { channel_id: channel.id, message_id, user_id, emoji };
  turn.tell(reactionRemoved, { channel }, data);
  if (user_id === by.actor.id) return;
  recordIn(turn, by, {
    action: 'reaction_delete',
    target: { type: 'user', id: user_id },
    changes: { channel_id: channel.id, message_id, emoji },
  });
}

/** Removes everyone's reactions from a message: those with one emoji, or all if `wish` is null. */
export function clearReactions(
  turn: Turn,
  by: ChannelGrant,
  of: string,
  wish: string | null,
): void {
  const { channel } = by;
  const { id: message_id } = knownMessage(turn, channel, of);
  const emoji = wish && spellingOn(turn.tx, { space_id: channel.space_id, message_id }, wish);
  if (wish !== null && emoji === null) return;
  if (!eraseReactions(turn.tx, { message_id, emoji: emoji ?? '' })) return;
  const data = { channel_id: channel.id, message_id };
  if (emoji === null) turn.tell(reactionsCleared, { channel }, data);
  else turn.tell(emojiCleared, { channel }, { ...data, emoji });
  recordIn(turn, by, {
    action: 'reaction_delete',
    target: { type: 'channel', id: channel.id },
    changes: { message_id, ...(emoji === null ? {} : { emoji }) },
  });
}

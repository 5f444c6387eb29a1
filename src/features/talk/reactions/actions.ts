// Adds, removes and clears reactions.
import { has, spacePermissions } from '../../../access/evaluate.ts';
import { memberAccess, spaceAccess } from '../../../access/load.ts';
import { missing, type ChannelGrant } from '../../../access/rules.ts';
import type { Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { recordIn } from '../../spaces/audit-log/actions.ts';
import { knownMessage } from '../messages/actions.ts';
import { eraseReactions } from '../messages/reacted.ts';
import { customEmojiId } from './emoji.ts';
import { emojiCleared, reactionAdded, reactionRemoved, reactionsCleared } from './events.ts';
import { deleteReaction, emojisOn, findCustomEmoji, insertReaction } from './queries.ts';

const maxEmojis = 50;
/** The maximum size of all emoji names on a message as JSON; a message has to fit into a frame. */
const maxEmojis_bytes = 4_096;

/** Adds the actor's reaction to a message; does nothing if it is there already. */
export function react(turn: Turn, by: ChannelGrant, to: string, emoji: string): void {
  const { channel, actor } = by;
  const { id: message_id } = knownMessage(turn, channel, to);
  refuseForeignEmoji(turn, by, emoji);
  if (!insertReaction(turn.tx, { message_id, emoji, user_id: actor.id })) return;
  refuseTooMany(emojisOn(turn.tx, message_id));
  const data = { channel_id: channel.id, message_id, user_id: actor.id, emoji };
  turn.tell(reactionAdded, { channel }, data);
}

function refuseTooMany(emojis: readonly string[]): void {
  const tooLarge = Buffer.byteLength(JSON.stringify(emojis)) > maxEmojis_bytes;
  if (emojis.length <= maxEmojis && !tooLarge) return;
  throw new ApiError(
    'invalid_request',
    `A message takes at most ${maxEmojis} different emojis, fewer with long names.`,
  );
}

/** Refuses emojis of other spaces and emojis for certain roles, unless the actor may use them. */
function refuseForeignEmoji({ app, tx }: Turn, by: ChannelGrant, emoji: string): void {
  const { actor, channel, can } = by;
  const id = customEmojiId(emoji);
  const known = id === null ? null : findCustomEmoji(tx, id);
  if (known === null) return;
  if (known.space_id !== channel.space_id && !can('use_external_emojis')) {
    throw missing('use_external_emojis');
  }
  const home = spaceAccess(app, known.space_id);
  if (known.role_ids.length === 0 || home === null) return;
  const member = memberAccess(app, home.id, actor.id);
  if (has(spacePermissions(home, member, actor), 'administrator')) return;
  // Every member has @everyone, without an assignment.
  const held = member === null ? [] : [home.everyone.id, ...member.role_ids];
  if (!held.some((role_id) => known.role_ids.includes(role_id))) {
    throw new ApiError('forbidden', 'This emoji is for certain roles only.');
  }
}

/** Removes an account's reaction from a message; does nothing if it is not there. */
export function unreact(
  turn: Turn,
  by: ChannelGrant,
  from: string,
  emoji: string,
  user_id: string,
): void {
  const { channel } = by;
  const { id: message_id } = knownMessage(turn, channel, from);
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

/** Removes everyone's reactions from a message: those with one emoji, or all if `emoji` is null. */
export function clearReactions(
  turn: Turn,
  by: ChannelGrant,
  of: string,
  emoji: string | null,
): void {
  const { channel } = by;
  const { id: message_id } = knownMessage(turn, channel, of);
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

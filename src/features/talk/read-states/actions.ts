// Moves the pointers of what is read.
import { placeOf } from '../../../access/place.ts';
import type { ChannelGrant } from '../../../access/rules.ts';
import type { Turn } from '../../../app.ts';
import { compareSnowflakes } from '../../../lib/snowflake.ts';
import { findMessage, messageIn } from '../messages/queries.ts';
import { readStateUpdated } from './events.ts';
import { moveTo } from './queries.ts';
import type { Acknowledgement } from './schema.ts';
import { beyond } from './unread.ts';

/**
 * Moves the actor's pointer to a message, and tells the actor's sessions; does nothing if it is there
 * or beyond already, or if the id never was one of a message here.
 */
export function acknowledge(turn: Turn, by: ChannelGrant, wish: Acknowledgement): void {
  const { actor, channel } = by;
  const thread_id = threadOf(turn, by, wish);
  if (thread_id === null) return;
  const at = { channel_id: channel.id, thread_id };
  const { message_id } = wish;
  if (!moveTo(turn.tx, { user_id: actor.id, ...at }, message_id)) return;
  turn.tell(
    readStateUpdated,
    { user_ids: [actor.id] },
    {
      channel_id: channel.id,
      last_read_message_id: message_id,
      ...beyond(turn.app, actor, at, message_id),
      ...(thread_id !== '' && { thread_id }),
    },
  );
}

/** The thread whose pointer is meant, '' for the main feed; null if the id is none of a message here. */
function threadOf(
  turn: Turn,
  by: ChannelGrant,
  { message_id, thread_id }: Acknowledgement,
): string | null {
  const { channel } = by;
  if (thread_id != null && messageIn(turn.tx, channel, thread_id)?.thread_id !== null) return null;
  const known = findMessage(turn.tx, message_id);
  if (known?.channel_id === channel.id) {
    if (thread_id == null) return known.thread_id ?? '';
    return known.thread_id === thread_id || known.id === thread_id ? thread_id : null;
  }
  return couldBeGone(turn, by, message_id) ? (thread_id ?? '') : null;
}

/**
 * Tells whether a deleted message of the channel could have had that id: nothing is kept of it. Ids
 * that are still to come are none, nor are those of messages that the actor sees elsewhere.
 */
function couldBeGone(turn: Turn, { actor, channel }: ChannelGrant, id: string): boolean {
  if (id.startsWith('0') || compareSnowflakes(id, channel.id) <= 0) return false;
  if (compareSnowflakes(id, turn.id()) >= 0) return false;
  const elsewhere = findMessage(turn.tx, id);
  if (elsewhere === undefined) return true;
  // What the actor may not see looks like what is gone.
  const place = placeOf(turn.app, actor, elsewhere.channel_id);
  return place === null || !place.can('view_channel');
}

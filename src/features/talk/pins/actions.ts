// Pins and unpins messages.
import type { AnyChannel } from '../../../access/evaluate.ts';
import type { ChannelGrant } from '../../../access/rules.ts';
import type { Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { recordIn } from '../../spaces/audit-log/actions.ts';
import { knownMessage, livingMessage, refuseArchived } from '../messages/actions.ts';
import { tellMessage } from '../messages/telling.ts';
import { timeOrNull } from '../../shapes.ts';
import { pinsUpdated } from './events.ts';
import { pinsOf, setPin } from './queries.ts';

/** The maximum number of pins in one channel. */
export const maxPins = 250;

/** Pins a message; does nothing if it is pinned already. In archived channels no pin is added. */
export function pin(turn: Turn, by: ChannelGrant, message_id: string): void {
  const { channel } = by;
  const { id, pinned_at, author_id } = livingMessage(turn, channel, message_id);
  if (pinned_at !== null) return;
  refuseArchived(channel);
  if (pinsOf(turn.tx, channel.id).count >= maxPins) {
    throw new ApiError('invalid_request', `A channel has at most ${maxPins} pinned messages.`);
  }
  setPin(turn.tx, id, turn.now);
  tellPins(turn, channel, id);
  recordPin(turn, by, 'message_pin', { id, author_id });
}

/** Unpins a message; does nothing if it is not pinned. */
export function unpin(turn: Turn, by: ChannelGrant, message_id: string): void {
  const { channel } = by;
  const { id, pinned_at, author_id } = knownMessage(turn, channel, message_id);
  if (pinned_at === null) return;
  setPin(turn.tx, id, null);
  tellPins(turn, channel, id);
  recordPin(turn, by, 'message_unpin', { id, author_id });
}

function recordPin(
  turn: Turn,
  by: ChannelGrant,
  action: 'message_pin' | 'message_unpin',
  { id, author_id }: { id: string; author_id: string },
): void {
  const { channel } = by;
  recordIn(turn, by, {
    action,
    target: { type: 'user', id: author_id },
    changes: { channel_id: channel.id, message_id: id },
  });
}

function tellPins(turn: Turn, channel: AnyChannel, message_id: string): void {
  const { id: channel_id, space_id } = channel;
  const last_pin_at = timeOrNull(pinsOf(turn.tx, channel_id).last_pin_at);
  turn.tell(pinsUpdated, { channel }, { channel_id, space_id, last_pin_at });
  tellMessage(turn, channel, message_id);
}

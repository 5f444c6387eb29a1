// Clears deleted channels, and the channels of deleted spaces.
import type { Turn } from '../../../app.ts';
import { clearKept } from '../../base/clearing/rows.ts';
import type { Clearing } from '../../feature.ts';
import { deleteChannelRow, forgetChannels, someChannels } from './queries.ts';

const slice = 20;

/** Clears a slice of a deleted channel; its row stays as a tombstone while something names it. */
export function clearChannel(turn: Turn, { target_id }: Clearing): boolean {
  if (!clearKept(turn, 'channel', target_id)) return false;
  forgetChannels(turn.tx, [target_id]);
  return true;
}

/** Clears some channels of a deleted space with all their rows; true if none were left. */
export function clearChannels(turn: Turn, space_id: string): boolean {
  const some = someChannels(turn.tx, space_id, slice);
  for (const id of some) {
    if (!clearKept(turn, 'channel', id)) return false;
    deleteChannelRow(turn.tx, id);
  }
  return some.length === 0;
}

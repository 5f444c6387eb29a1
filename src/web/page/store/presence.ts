// The status that one shows to others.
import type { Presence } from '../../../client/wire.ts';
import { command, seen } from './live.ts';

/** Op 8: chooses a status. */
const updatePresence = 8;

export type Status = Presence['status'];

/** In the order in which one chooses; others see `offline` of who is invisible. */
export const statuses: readonly Status[] = ['online', 'idle', 'dnd', 'offline'];

export const statusOf = (user_id: string): Status =>
  seen('presences')?.presences.get(user_id)?.status ?? 'offline';

/** Shows a status from now on, here and on the account's other devices that come later. */
export function showStatus(status: Status): void {
  command(updatePresence, { status: status === 'offline' ? 'invisible' : status });
}

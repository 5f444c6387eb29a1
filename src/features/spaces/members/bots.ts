// How bots come into a space: somebody who manages it brings them, and they share the sanctions of their owner.
import { botOwner, botsOf } from '../../../access/bots.ts';
import { has, type SpaceAccess } from '../../../access/evaluate.ts';
import { readerOf } from '../../../access/hearing.ts';
import { spaceAccess } from '../../../access/load.ts';
import { ownerTimedOut, spacePermissionsNow } from '../../../access/timeouts.ts';
import type { Actor } from '../../../access/tokens.ts';
import type { Turn } from '../../../app.ts';
import { ApiError, noSuch } from '../../../errors.ts';
import { isBanned } from './queries.ts';

function managesSpace({ app, tx }: Turn, space: SpaceAccess, user_id: string): boolean {
  return has(spacePermissionsNow(app, space, readerOf(tx, user_id)), 'manage_space');
}

/** Refuses a bot if neither its owner nor the maker of its invite manages the space. */
export function refuseUnbrought(
  turn: Turn,
  space_id: string,
  { bot, is_admin, owner_id }: Actor,
  inviter_id: string | null,
): void {
  if (!bot || is_admin) return;
  const space = spaceAccess(turn.app, space_id);
  if (space === null) throw noSuch('space');
  const isBrought = [owner_id, inviter_id].some((id) => id && managesSpace(turn, space, id));
  if (isBrought) return;
  throw new ApiError(
    'forbidden',
    'A bot needs an invite from somebody with manage_space, or an owner who has it.',
  );
}

/** Refuses a bot whose owner is banned or under timeout in the space. */
export function refuseSanctionedOwner(turn: Turn, space_id: string, user_id: string): void {
  const owner_id = botOwner(turn.tx, user_id);
  if (owner_id === null) return;
  if (isBanned(turn.tx, space_id, owner_id)) {
    throw new ApiError('forbidden', 'The owner of this bot is banned from this space.');
  }
  const space = spaceAccess(turn.app, space_id);
  if (space !== null && ownerTimedOut(turn.app, space, owner_id)) {
    throw new ApiError('forbidden', 'The owner of this bot is under timeout in this space.');
  }
}

/** Returns the bots of an account that have to leave a space with it: all but an owner of the space. */
export function botsToRemove({ app, tx }: Turn, space_id: string, owner_id: string): string[] {
  return botsOf(tx, owner_id).filter((id) => id !== spaceAccess(app, space_id)?.owner_id);
}

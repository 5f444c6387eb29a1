// Deletes accounts: in one turn they are gone for everybody; what they leave behind is cleared in later ones.
import { acquaintancesOf } from '../../../access/acquaintances.ts';
import { botsOf } from '../../../access/bots.ts';
import { revokeTokens, tokensOf } from '../../../access/tokens.ts';
import type { Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { nobody } from '../../../events/event.ts';
import { clearFirst } from '../../base/clearing/rows.ts';
import { leaveVoice } from '../../live/voice/actions.ts';
import { knownUser } from '../../people/users/actions.ts';
import { refuseLosingAdmin } from '../../people/users/admins.ts';
import { wipeUser } from '../../people/users/deletion.ts';
import { accountLeaving } from '../../people/users/events.ts';
import type { UserRow } from '../../people/users/queries.ts';
import { leaveSomeGroups } from '../../spaces/conversations/actions.ts';
import { leaveSomeSpaces } from '../../spaces/members/actions.ts';
import { wipeMemberships } from '../../spaces/members/queries.ts';
import { countOwned } from '../../spaces/spaces/queries.ts';
import { hideAccount } from '../../talk/messages/deleted-accounts.ts';

/**
 * So many groups are left in the turn of the deletion, of which each of the people is told, and so many
 * spaces: that turn is the longest one, since all who know the account are told in it.
 */
const [groupsAtOnce, spacesAtOnce] = [{ max: 5, among: 500 }, 5];

/**
 * Deletes the account of a person: in this turn its tokens and those of its bots end, its name is free
 * and nobody sees anything that it has written. Memberships beyond a slice, messages and all else are
 * cleared in later turns. Throws 400 while the account or one of its bots owns a space, for the last
 * enabled admin, and for bots and System; 404 if there is no such account.
 */
export function deleteAccount(turn: Turn, user_id: string): void {
  const row = knownUser(turn, user_id);
  const bots = botsOf(turn.tx, user_id);
  refuseNeeded(turn, row, bots);
  // Asked once: there may be thousands.
  const known = acquaintancesOf(turn.tx, user_id);
  turn.tell(accountLeaving, nobody, { user_id, known });
  leaveVoice(turn, user_id);
  for (const id of [user_id, ...bots]) revokeTokens(turn, id, tokensOf(turn.tx, id));
  // Those who know the account hear of it before they know it no more.
  wipeUser(turn, row, known);
  wipeMemberships(turn.tx, user_id);
  hideAccount(turn, user_id);
  leaveSomeSpaces(turn, user_id, spacesAtOnce);
  leaveSomeGroups(turn, user_id, groupsAtOnce);
  clearFirst(turn, 'account', user_id);
}

/** Throws 400 for accounts that something else depends on. */
function refuseNeeded(turn: Turn, row: UserRow, bots: readonly string[]): void {
  const refused = (message: string) => new ApiError('invalid_request', message);
  if (row.system) throw refused('This account belongs to the server.');
  if (row.bot) throw refused('A bot goes with its application: delete that.');
  const owned = countOwned(turn.tx, [row.id]);
  const spaces = (count: number) => (count === 1 ? 'a space' : `${count} spaces`);
  if (owned > 0) {
    const which = owned === 1 ? 'it' : 'them';
    throw refused(
      `This account owns ${spaces(owned)}: hand ${which} over or delete ${which} first.`,
    );
  }
  const ofBots = countOwned(turn.tx, bots);
  if (ofBots > 0) {
    throw refused(`Bots of this account own ${spaces(ofBots)}, to be deleted first.`);
  }
  refuseLosingAdmin(turn, row);
}

// Makes, changes and deletes applications, and resets their tokens.
import { allowance, spend } from '../../../access/allowances.ts';
import {
  hashToken,
  newToken,
  revokeTokens,
  type Actor,
  insertToken,
  tokensOf,
} from '../../../access/tokens.ts';
import type { Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { leaveSomeSpaces } from '../../spaces/members/actions.ts';
import { clearLater } from '../../base/clearing/rows.ts';
import { changeUser } from '../../people/users/actions.ts';
import { findUserByName, insertUser } from '../../people/users/queries.ts';
import { deletedName } from './forgetting.ts';
import {
  applicationsOf,
  deleteApplication,
  findApplication,
  insertApplication,
  ownsSpace,
  updateApplication,
  type ApplicationRow,
} from './queries.ts';
import type { ApplicationPatch, NewApplication } from './schema.ts';

/** The maximum number of applications of one account. */
export const maxApplications = 25;

/** So many applications an account makes in a day, deleted ones included. */
export const maxPerDay = 50;
const day_ms = 86_400_000;

const creations = allowance(
  maxPerDay,
  day_ms,
  `An account makes at most ${maxPerDay} applications in a day.`,
);

/** Gives a bot a token that does not expire. Only the hash of the token is stored. */
function issueBotToken(turn: Turn, user_id: string): string {
  const token = newToken();
  insertToken(turn.tx, {
    hash: hashToken(token),
    user_id,
    kind: 'bot',
    created_at: turn.now,
    expires_at: null,
  });
  return token;
}

/** Makes an application and its bot account, which is named after it. */
export function createApplication(
  turn: Turn,
  actor: Pick<Actor, 'id' | 'bot'>,
  wish: NewApplication,
): { row: ApplicationRow; token: string } {
  if (actor.bot) throw new ApiError('forbidden', 'Only people have applications.');
  if (applicationsOf(turn.tx, actor.id, maxApplications).length >= maxApplications) {
    throw new ApiError('invalid_request', `You have ${maxApplications} applications already.`);
  }
  spend(turn, [creations, actor.id]);
  const bot_user_id = turn.id();
  // Has a space and a capital letter, so that people cannot choose it as a username.
  const display_name = `${wish.name} Bot`;
  // Applications may share a name; with its own id at the end, a username is unique.
  const isTaken = findUserByName(turn.tx, display_name) !== undefined;
  insertUser(turn.tx, {
    id: bot_user_id,
    username: isTaken ? `${display_name} ${bot_user_id}` : display_name,
    display_name,
    bot: true,
    created_at: turn.now,
  });
  const row: ApplicationRow = {
    id: turn.id(),
    name: wish.name,
    description: wish.description,
    bot_public: true,
    owner_id: actor.id,
    bot_user_id,
    created_at: turn.now,
  };
  insertApplication(turn.tx, row);
  return { row, token: issueBotToken(turn, bot_user_id) };
}

/** Changes the name and description of an application; its bot keeps its name. */
export function changeApplication(
  turn: Turn,
  { id }: ApplicationRow,
  { name, description }: ApplicationPatch,
): ApplicationRow {
  const change: Partial<ApplicationRow> = {};
  if (name !== undefined) change.name = name;
  if (description !== undefined) change.description = description ?? '';
  updateApplication(turn.tx, id, change);
  const after = findApplication(turn.tx, id);
  if (after === undefined) throw new ApiError('not_found', 'You have no such application.');
  return after;
}

/** Ends the bot's token and its sessions at once, and returns a new token. */
export function resetToken(turn: Turn, { bot_user_id }: ApplicationRow): string {
  revokeTokens(turn, bot_user_id, tokensOf(turn.tx, bot_user_id));
  return issueBotToken(turn, bot_user_id);
}

/**
 * Deletes an application. Its messages stay; the bot leaves all spaces and frees its name. If nothing
 * names the bot after that, its account goes, too, in a later turn.
 */
export function endApplication(turn: Turn, { id, bot_user_id }: ApplicationRow): void {
  if (ownsSpace(turn.tx, bot_user_id)) {
    throw new ApiError('invalid_request', 'The bot owns a space: that has to be deleted first.');
  }
  deleteApplication(turn.tx, id);
  revokeTokens(turn, bot_user_id, tokensOf(turn.tx, bot_user_id));
  const gone = { username: `${deletedName}${bot_user_id}`, disabled: true };
  changeUser(turn, bot_user_id, gone, 'deletion');
  if (leaveSomeSpaces(turn, bot_user_id)) clearLater(turn.tx, 'memberships', bot_user_id);
  clearLater(turn.tx, 'deleted_bot', bot_user_id);
}

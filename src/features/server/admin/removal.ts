// Deletes accounts at the wish of an instance admin.
import type { Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { recordAct, type Overseer } from '../../base/admin-log/actions.ts';
import { endApplication } from '../../bots/applications/actions.ts';
import { applicationOfBot, ownsSpace } from '../../bots/applications/queries.ts';
import { deleteAccount } from '../accounts/actions.ts';
import { knownAccount, refuseSystem } from './actions.ts';

const wrong = (message: string) => new ApiError('invalid_request', message);

/**
 * Deletes an account; a bot goes with its application. Throws 404 for an unknown account, 400 for one's
 * own, for instance admins, for who owns a space, and for the server's own account.
 */
export function removeAccount(turn: Turn, by: Overseer, user_id: string): void {
  const row = knownAccount(turn, user_id);
  const { bot, is_admin, username } = row;
  refuseSystem(row);
  if (by?.id === user_id) throw wrong('You cannot delete your own account here.');
  if (is_admin) throw wrong('This is an instance admin: that has to be taken away first.');
  if (ownsSpace(turn.tx, user_id)) {
    throw wrong('The account owns a space: that has to be handed over or deleted first.');
  }
  const application = bot ? applicationOfBot(turn.tx, user_id) : undefined;
  if (application) endApplication(turn, application);
  else deleteAccount(turn, user_id);
  const target = { type: 'user', id: user_id } as const;
  recordAct(turn, by, { action: 'user_delete', target, changes: { username } });
}

// Works off deleted accounts, home by home: everything is hidden already when it begins.
import type { Turn } from '../../../app.ts';
import { workList } from '../../base/clearing/slices.ts';
import { endApplication } from '../../bots/applications/actions.ts';
import { clearTraces, forgetAccount } from '../../bots/applications/forgetting.ts';
import { applicationsOf } from '../../bots/applications/queries.ts';
import { leaveSomeGroups, partFromSomePairs } from '../../spaces/conversations/actions.ts';
import { deleteSomeLeft } from '../../spaces/conversations/queries.ts';
import { leaveSomeSpaces } from '../../spaces/members/actions.ts';
import {
  eraseInConversations,
  eraseNextSpace,
  eraseReactions,
  hasMessagesLeft,
  noteDone,
} from '../../talk/messages/deleted-accounts.ts';
import type { Hidden } from '../../talk/messages/hidden.ts';

type Account = Hidden['hidden_accounts'];

/**
 * Does a slice; `after` is where the slice before has ended, "" at first. Returns where to go on, or
 * null when there is nothing left to do.
 */
type Step = (turn: Turn, account: Account, after: string) => string | null;

/** A step that needs not be told where it was; `work` returns whether there may be more. */
const repeated =
  (work: (turn: Turn, account: Account) => boolean): Step =>
  (turn, account) =>
    work(turn, account) ? '' : null;

/** In this order: first what others see of the account, then what takes long. */
const steps: readonly (readonly [name: string, step: Step])[] = [
  ['memberships', repeated((turn, { user_id }) => leaveSomeSpaces(turn, user_id))],
  ['groups', repeated((turn, { user_id }) => leaveSomeGroups(turn, user_id))],
  ['pairs', (turn, { user_id }, after) => partFromSomePairs(turn, user_id, after)],
  ['bots', repeated(endNextApplication)],
  ['traces', repeated((turn, { user_id }) => !clearTraces(turn, user_id))],
  ['spaces', eraseNextSpace],
  ['conversations', repeated((turn, account) => !eraseInConversations(turn, account))],
  ['reactions', repeated((turn, account) => !eraseReactions(turn, account))],
  ['rest', repeated(finish)],
];

function endNextApplication(turn: Turn, { user_id }: Account): boolean {
  const [application] = applicationsOf(turn.tx, user_id, 1);
  if (application === undefined) return false;
  endApplication(turn, application);
  return true;
}

/** Forgets what conversations it has left, then the account itself, if nothing names it. */
function finish(turn: Turn, account: Account): boolean {
  // Their list may have failed, and comes later then. While it waits, they must stay hidden.
  if (hasMessagesLeft(turn.tx, account)) {
    throw new Error('messages of a deleted account are left');
  }
  if (deleteSomeLeft(turn.tx, account.user_id)) return true;
  forgetAccount(turn, account.user_id);
  return false;
}

/** Deleted accounts whose messages and reactions are hidden; `done` says at which step, and where in it. */
export const deletedAccounts = workList<Account & { done: string }>(
  'hidden_accounts',
  ['user_id', 'until_n', 'reactions_until_n', 'done'],
  (turn, row) => {
    const [current = '', after = ''] = row.done.split(' ');
    const index = Math.max(
      0,
      steps.findIndex(([name]) => name === current),
    );
    const [name, step] = steps[index] ?? [];
    if (name === undefined || step === undefined) return true;
    const place = step(turn, row, after);
    const next = place === null ? steps[index + 1]?.[0] : `${name} ${place}`;
    if (next !== undefined) noteDone(turn.tx, row.id, next);
    return next === undefined;
  },
);

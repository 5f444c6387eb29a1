// Removes the accounts of deleted bots that nothing names any more: at once, or when their traces are gone.
import type { App, Turn } from '../../../app.ts';
import { repeat } from '../../../lib/repeat.ts';
import { dropSomeOverwrites } from '../../spaces/channels/overwrites.ts';
import { leaveSomeGroups } from '../../spaces/conversations/actions.ts';
import { takesPart } from '../../spaces/conversations/queries.ts';
import { deleteUnnamedUser } from '../../people/users/queries.ts';
import { deleteMutesOf } from '../../talk/mutes/queries.ts';
import { forgetSomeReading } from '../../talk/read-states/queries.ts';
import { deletedBots, hasReacted, isMember } from './queries.ts';

/** How the usernames of deleted bots begin; their ids follow. */
export const deletedName = 'Deleted Bot ';

const every_ms = 86_400_000;
const slice = 50;

/** Takes away what a deleted bot has left behind, a slice in each turn; true when nothing is left. */
export function clearBot(turn: Turn, bot_user_id: string): boolean {
  if (dropSomeOverwrites(turn, bot_user_id) || leaveSomeGroups(turn, bot_user_id)) return false;
  if (forgetSomeReading(turn.tx, bot_user_id)) return false;
  deleteMutesOf(turn.tx, bot_user_id);
  forgetBot(turn, bot_user_id);
  return true;
}

/** Deletes the account of a deleted bot if it is in no space or conversation and nothing names it. */
function forgetBot({ tx }: Turn, bot_user_id: string): void {
  if (isMember(tx, bot_user_id) || takesPart(tx, bot_user_id)) return;
  if (hasReacted(tx, bot_user_id)) return;
  deleteUnnamedUser(tx, bot_user_id);
}

/** Looks at a slice of the deleted bots; returns where to go on, or null at the end. */
function forgetSome(turn: Turn, after: string): string | null {
  const rows = deletedBots(turn.tx, deletedName, after, slice);
  for (const { id } of rows) forgetBot(turn, id);
  return rows.length < slice ? null : (rows.at(-1)?.username ?? null);
}

/** Looks once a day for those whose messages and audit log entries are gone by now. */
export function startForgetting(app: App): () => void {
  return repeat({
    clock: app.clock,
    interval_ms: every_ms,
    async work(isOver) {
      for (let after: string | null = deletedName; after !== null && !isOver();) {
        const from: string = after;
        after = await app.write((turn) => forgetSome(turn, from));
        await Bun.sleep(1);
      }
    },
    failed: (error) =>
      app.log.error({ err: error }, 'deleted bots were not looked at; it is tried again'),
  });
}

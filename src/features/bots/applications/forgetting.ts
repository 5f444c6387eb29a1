// Removes deleted accounts, bots and people, that nothing names any more: at once, or when their traces are gone.
import type { App, Turn } from '../../../app.ts';
import { repeat } from '../../../lib/repeat.ts';
import { clearKept } from '../../base/clearing/rows.ts';
import { dropSomeOverwrites } from '../../spaces/channels/overwrites.ts';
import { leaveSomeGroups } from '../../spaces/conversations/actions.ts';
import { takesPart } from '../../spaces/conversations/queries.ts';
import { changesUser } from '../../people/users/memory.ts';
import { deletedUsers, deleteUnnamedUser, type DeletedUser } from '../../people/users/queries.ts';
import { deletedBots, hasReacted, isMember } from './queries.ts';

/** How the usernames of deleted bots begin; their ids follow. */
export const deletedName = 'Deleted Bot ';

const every_ms = 86_400_000;
const slice = 50;

/** Takes away what a deleted account has left behind, a slice in each turn; true when nothing is left. */
export function clearTraces(turn: Turn, user_id: string): boolean {
  if (dropSomeOverwrites(turn, user_id) || leaveSomeGroups(turn, user_id)) return false;
  return clearKept(turn, 'account', user_id);
}

/** Does the same with a deleted bot, and forgets it. */
export function clearBot(turn: Turn, bot_user_id: string): boolean {
  if (!clearTraces(turn, bot_user_id)) return false;
  forgetAccount(turn, bot_user_id);
  return true;
}

/** Deletes the row of a deleted account if it is in no space or conversation and nothing names it. */
export function forgetAccount({ app, tx }: Turn, user_id: string): void {
  if (isMember(tx, user_id) || takesPart(tx, user_id)) return;
  if (hasReacted(tx, user_id)) return;
  if (deleteUnnamedUser(tx, user_id)) changesUser(app, user_id);
}

/** Looks at a slice of the deleted bots; returns where to go on, or null at the end. */
function forgetSomeBots(turn: Turn, after: string): string | null {
  const rows = deletedBots(turn.tx, deletedName, after, slice);
  for (const { id } of rows) forgetAccount(turn, id);
  return rows.length < slice ? null : (rows.at(-1)?.username ?? null);
}

/** Does the same with the accounts of people. */
function forgetSomePeople(turn: Turn, after: DeletedUser): DeletedUser | null {
  const rows = deletedUsers(turn.tx, after, slice);
  for (const { id } of rows) forgetAccount(turn, id);
  return rows.length < slice ? null : (rows.at(-1) ?? null);
}

/** Runs slice after slice, each in a turn of its own, from the first place on. */
async function eachSlice<Place>(
  app: App,
  isOver: () => boolean,
  first: Place,
  work: (turn: Turn, place: Place) => Place | null,
): Promise<void> {
  for (let place: Place | null = first; place !== null && !isOver();) {
    const from: Place = place;
    place = (await app.write<unknown>((turn) => work(turn, from))) as Place | null;
    await Bun.sleep(1);
  }
}

/** Looks once a day for those whose messages and audit log entries are gone by now. */
export function startForgetting(app: App): () => void {
  return repeat({
    clock: app.clock,
    interval_ms: every_ms,
    async work(isOver) {
      await eachSlice(app, isOver, deletedName, forgetSomeBots);
      await eachSlice(app, isOver, { deleted_at: 0, id: '' }, forgetSomePeople);
    },
    failed: (error) =>
      app.log.error({ err: error }, 'deleted accounts were not looked at; it is tried again'),
  });
}

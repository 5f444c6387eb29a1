// Clears what was hidden when something large was deleted: a slice in each turn, taken up again at start.
import { eq, isNotNull } from 'drizzle-orm';
import { channelOf } from '../../access/load.ts';
import type { App, Turn } from '../../app.ts';
import type { Tx } from '../../db/open.ts';
import { channels, clearings, spaces, visibility_classes } from '../../db/schema.ts';
import { repeat } from '../../lib/repeat.ts';
import { removeImage } from '../files/images.ts';
import { leaveSomeSpaces } from '../members/actions.ts';
import { clearRole } from '../roles/queries.ts';
import { clearAuthor, clearReactor } from './authors.ts';
import {
  authorIsCleared,
  endOfTime,
  hideAuthor,
  hideReactions,
  hideReactor,
  reactorIsCleared,
} from './hidden.ts';
import { clearReactions, reactionsOf, type Clearing } from './reacted.ts';
import { clearThread, eraseMessages, loosenAnswers } from './removal.ts';

const sliceRows = 500;

/** Does the next slice of what waits; false when nothing does. */
export function clearSlice(turn: Turn): boolean {
  const next = turn.tx.orm.select().from(clearings).orderBy(clearings.id).limit(1).get();
  if (next === undefined) return false;
  if (isDone(turn, next)) turn.tx.orm.delete(clearings).where(eq(clearings.id, next.id)).run();
  return true;
}

function isDone(turn: Turn, clearing: Clearing): boolean {
  const { kind, target_id, channel_id } = clearing;
  switch (kind) {
    case 'author':
    case 'reactor':
      return isErased(turn, clearing);
    case 'role':
      return clearRole(turn.tx, target_id);
    case 'memberships':
      return !leaveSomeSpaces(turn, target_id);
    case 'space':
      return clearSpace(turn.tx, target_id);
    case 'channel':
      return clearChannel(turn.tx, target_id);
    case 'reactions':
    case 'emoji':
      return clearReactions(turn, clearing);
    case 'thread':
    case 'answers': {
      const channel = channel_id === null ? null : channelOf(turn.app, channel_id);
      // Of a channel that is gone, its own clearing takes care.
      if (channel === null) return true;
      // What is left after this slice was noted anew.
      if (kind === 'thread') clearThread(turn, channel, target_id);
      else loosenAnswers(turn, channel, target_id);
      return true;
    }
  }
}

function isErased(turn: Turn, clearing: Clearing): boolean {
  const { id, kind, target_id: user_id, space_id, from_id, until_id } = clearing;
  if (space_id === null || from_id === null) return true;
  if (kind === 'author') {
    const range = { from_id, until_id: until_id ?? endOfTime };
    if (clearAuthor(turn, { user_id, space_id }, range)) return false;
    authorIsCleared(turn, { user_id, space_id, ...range });
    return true;
  }
  const until_n = until_id ?? endOfTime;
  const next = clearReactor(turn, { user_id, space_id }, { after: from_id, until: until_n });
  if (next === null) {
    reactorIsCleared(turn, { user_id, space_id, until_n });
    return true;
  }
  turn.tx.orm.update(clearings).set({ from_id: next }).where(eq(clearings.id, id)).run();
  return false;
}

function clearChannel(tx: Tx, channel_id: string): boolean {
  for (const part of ['thread_id IS NULL', 'thread_id IS NOT NULL']) {
    const ids = tx.sqlite
      .query<{ id: string }, [string, number]>(
        `SELECT id FROM messages WHERE channel_id = ? AND ${part} LIMIT ?`,
      )
      .all(channel_id, sliceRows)
      .map(({ id }) => id);
    if (ids.length === 0) continue;
    eraseMessages(tx, ids);
    return false;
  }
  const { changes } = tx.sqlite
    .query(
      `DELETE FROM slow_mode WHERE channel_id = ?1 AND user_id IN
         (SELECT user_id FROM slow_mode WHERE channel_id = ?1 LIMIT ?2)`,
    )
    .run(channel_id, sliceRows);
  if (changes > 0) return false;
  tx.orm.delete(channels).where(eq(channels.id, channel_id)).run();
  return true;
}

/** Tables that hang on a space, in an order in which nothing points at what is gone. */
const ofSpace = [
  'audit_entries',
  'invites',
  'plugins',
  'member_roles',
  'members',
  'bans',
  'introductions',
  'kept_sanctions',
  'roles',
];

function clearSpace(tx: Tx, space_id: string): boolean {
  const channel = tx.orm
    .select({ id: channels.id })
    .from(channels)
    .where(eq(channels.space_id, space_id))
    .limit(1)
    .get();
  if (channel !== undefined) {
    clearChannel(tx, channel.id);
    return false;
  }
  for (const table of ofSpace) {
    const key = tableKey[table] ?? 'rowid';
    const gone = tx.sqlite
      .query<{ image: string | null }, [string, number]>(
        `DELETE FROM ${table} WHERE space_id = ?1 AND (${key}) IN
           (SELECT ${key} FROM ${table} WHERE space_id = ?1 LIMIT ?2)
         RETURNING ${table === 'members' ? 'avatar' : 'NULL'} AS image`,
      )
      .all(space_id, sliceRows);
    for (const { image } of gone) removeImage(tx, image);
    if (gone.length > 0) return false;
  }
  tx.orm.delete(visibility_classes).where(eq(visibility_classes.space_id, space_id)).run();
  tx.orm.delete(spaces).where(eq(spaces.id, space_id)).run();
  return true;
}

/** Keys of tables without row numbers. */
const tableKey: Record<string, string> = {
  member_roles: 'user_id, role_id',
  introductions: 'user_id',
};

/** Puts what comes next behind all others, so that one that fails holds nobody up. */
export function postpone({ tx }: Turn): void {
  const next = tx.orm.select().from(clearings).orderBy(clearings.id).limit(1).get();
  if (next === undefined) return;
  const { id, ...rest } = next;
  tx.orm.delete(clearings).where(eq(clearings.id, id)).run();
  tx.orm.insert(clearings).values(rest).run();
}

/** After a restart: hides what was hidden. */
function hideAgain({ tx }: Turn): void {
  const waiting = tx.orm.select().from(clearings).where(isNotNull(clearings.until_id)).all();
  for (const clearing of waiting) {
    const { kind, target_id: user_id, space_id, from_id, until_id } = clearing;
    if (kind === 'author' && space_id !== null && from_id !== null) {
      hideAuthor(tx, { user_id, space_id, from_id, until_id: until_id ?? endOfTime });
    }
    if (kind === 'reactor' && space_id !== null && until_id !== null) {
      hideReactor(tx, { user_id, space_id, until_n: until_id });
    }
    if (kind === 'reactions' || kind === 'emoji') hideReactions(tx, reactionsOf(clearing));
  }
}

/** Works through what waits, with pauses for everybody else; answers how to stop. */
export async function startClearing(app: App): Promise<() => void> {
  await app.write(hideAgain);
  const failed = (error: unknown) =>
    app.log.error({ err: error }, 'clearing what was deleted failed; it is tried again');
  return repeat({
    clock: app.clock,
    interval_ms: 1_000,
    isEager: true,
    async work(isOver) {
      try {
        while (!isOver() && (await app.write(clearSlice))) await Bun.sleep(1);
      } catch (error) {
        failed(error);
        if (!isOver()) await app.write(postpone);
      }
    },
    failed,
  });
}

// Clears what was deleted or hidden when it was large: a slice in each turn, taken up again at start.
import { eq } from 'drizzle-orm';
import { channelOf } from '../../access/load.ts';
import type { App, StateName, Turn } from '../../app.ts';
import type { Tx } from '../../db/open.ts';
import { channels, spaces } from '../../db/schema/spaces.ts';
import type { clearings } from '../../db/schema/work.ts';
import { matchHidden } from '../../db/views.ts';
import { repeat } from '../../lib/repeat.ts';
import { forgetChannels } from '../channels/queries.ts';
import { removeImage } from '../files/images.ts';
import { leaveSomeSpaces } from '../members/actions.ts';
import { clearRole } from '../roles/queries.ts';
import { clearAuthor, clearReactor } from './authors.ts';
import type { Hidden } from './hidden.ts';
import { clearReactions } from './reacted.ts';
import { clearThread, eraseMessages, loosenAnswers } from './removal.ts';

const sliceRows = 500;
const sliceChannels = 20;

/** A list of work, which is a table: its rows go one after the other, each when nothing is left of it. */
interface WorkList {
  table: string;
  /** Does the next slice of the first row; false when there is none. */
  clear(turn: Turn): boolean;
}

function workList<Row>(
  table: string,
  columns: readonly (keyof Row & string)[],
  isDone: (turn: Turn, row: Row & { id: number }) => boolean,
): WorkList {
  // As a number, one of more than 53 bits would be rounded.
  const fields = columns.map((name) =>
    name.endsWith('_n') ? `cast(${name} AS text) AS ${name}` : name,
  );
  const first = `SELECT id, ${fields.join(', ')} FROM ${table} ORDER BY id LIMIT 1`;
  return {
    table,
    clear(turn) {
      const { sqlite } = turn.tx;
      const row = sqlite.query<Row & { id: number }, []>(first).get();
      if (row === null) return false;
      if (isDone(turn, row)) {
        sqlite.query(`DELETE FROM ${table} WHERE id = ?`).run(row.id);
        matchHidden(sqlite);
      }
      return true;
    },
  };
}

/** What is hidden comes first: as long as there is any of it, reading costs more. */
const lists: readonly WorkList[] = [
  workList<Hidden['hidden_authors']>(
    'hidden_authors',
    ['author_id', 'space_id', 'from_n', 'until_n'],
    (turn, row) => !clearAuthor(turn, row),
  ),
  workList<Hidden['hidden_threads']>(
    'hidden_threads',
    ['thread_id', 'channel_id'],
    isThreadCleared,
  ),
  workList<Hidden['hidden_reactions']>(
    'hidden_reactions',
    ['message_id', 'emoji', 'until_n'],
    ({ tx }, row) => !clearReactions(tx, row),
  ),
  workList<Hidden['hidden_reactors']>(
    'hidden_reactors',
    ['user_id', 'space_id', 'from_n', 'until_n'],
    clearReactor,
  ),
  workList<Clearing>('clearings', ['kind', 'target_id', 'channel_id'], isDone),
];

/** The lists in the order in which they are worked through: the one whose work failed last is the last. */
const order: StateName<WorkList[]> = { create: () => [...lists] };

/** Does the next slice of what waits; false when nothing does. */
export function clearSlice(turn: Turn): boolean {
  return turn.app.state(order).some((list) => list.clear(turn));
}

/** Puts what comes next behind all others, so that one that fails holds nobody up. */
export function postpone({ app, tx }: Turn): void {
  const waiting = app.state(order);
  const failed = waiting.findIndex(({ table }) => {
    const { changes } = tx.sqlite
      .query(
        `UPDATE ${table} SET id = (SELECT max(id) + 1 FROM ${table})
          WHERE id = (SELECT min(id) FROM ${table})`,
      )
      .run();
    return changes > 0;
  });
  if (failed >= 0) waiting.push(...waiting.splice(failed, 1));
}

type Clearing = Omit<typeof clearings.$inferSelect, 'id'>;

function isDone(turn: Turn, { kind, target_id, channel_id }: Clearing): boolean {
  switch (kind) {
    case 'role':
      return clearRole(turn.tx, target_id);
    case 'memberships':
      return !leaveSomeSpaces(turn, target_id);
    case 'space':
      return clearSpace(turn.tx, target_id);
    case 'channel':
      if (!clearChannel(turn.tx, target_id)) return false;
      forgetChannels(turn.tx, [target_id]);
      return true;
    case 'answers': {
      const channel = channel_id === null ? null : channelOf(turn.app, channel_id);
      // Of a channel that is gone, its own clearing takes care. What is left after this slice was noted anew.
      if (channel !== null) loosenAnswers(turn, channel, target_id);
      return true;
    }
  }
}

function isThreadCleared(turn: Turn, { thread_id, channel_id }: Hidden['hidden_threads']): boolean {
  const channel = channelOf(turn.app, channel_id);
  return channel === null || !clearThread(turn, channel, thread_id);
}

/** Removes a slice of what a channel holds; true when nothing was left. */
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
  return changes === 0;
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
  'visibility_classes',
];

function clearSpace(tx: Tx, space_id: string): boolean {
  const some = tx.orm
    .select({ id: channels.id })
    .from(channels)
    .where(eq(channels.space_id, space_id))
    .limit(sliceChannels)
    .all();
  for (const { id } of some) {
    if (!clearChannel(tx, id)) return false;
    tx.orm.delete(channels).where(eq(channels.id, id)).run();
  }
  if (some.length > 0) return false;
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
  tx.orm.delete(spaces).where(eq(spaces.id, space_id)).run();
  return true;
}

/** Keys of tables without row numbers. */
const tableKey: Record<string, string> = {
  member_roles: 'user_id, role_id',
  introductions: 'user_id',
};

/** Works through what waits, with pauses for everybody else; answers how to stop. */
export function startClearing(app: App): () => void {
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

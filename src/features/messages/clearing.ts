// Clears what was deleted or hidden when it was large: a slice in each turn, taken up again at start.
import { eq } from 'drizzle-orm';
import { channelOf } from '../../access/load.ts';
import type { App, StateName, Turn } from '../../app.ts';
import type { Tx } from '../../db/open.ts';
import { channels, spaces, visibility_classes, type clearings } from '../../db/schema.ts';
import { matchHidden } from '../../db/views.ts';
import { repeat } from '../../lib/repeat.ts';
import { removeImage } from '../files/images.ts';
import { leaveSomeSpaces } from '../members/actions.ts';
import { clearRole } from '../roles/queries.ts';
import { clearAuthor, clearReactor, type Reactor } from './authors.ts';
import type { HiddenAuthor, HiddenReactions, HiddenThread } from './hidden.ts';
import { clearReactions } from './reacted.ts';
import { clearThread, eraseMessages, loosenAnswers } from './removal.ts';

const sliceRows = 500;

/** A list of work, which is a table: its rows go one after the other, each when nothing is left of it. */
interface WorkList {
  table: string;
  /** Does the next slice of the first row; false when there is none. */
  clear(turn: Turn): boolean;
}

/** `columns` says where the fields of a row come from. */
function workList<Row>(
  table: string,
  columns: { [Field in keyof Row]: string },
  isDone: (turn: Turn, row: Row) => boolean,
): WorkList {
  const fields = Object.entries<string>(columns).map(([field, source]) => `${source} AS ${field}`);
  const first = `SELECT id AS row_id, ${fields.join(', ')} FROM ${table} ORDER BY id LIMIT 1`;
  return {
    table,
    clear(turn) {
      const { sqlite } = turn.tx;
      const row = sqlite.query<Row & { row_id: number }, []>(first).get();
      if (row === null) return false;
      if (isDone(turn, row)) {
        sqlite.query(`DELETE FROM ${table} WHERE id = ?`).run(row.row_id);
        matchHidden(sqlite);
      }
      return true;
    },
  };
}

const digits = (column: string) => `cast(${column} AS text)`;

/** What is hidden comes first: as long as there is any of it, reading costs more. */
const lists: readonly WorkList[] = [
  workList<HiddenAuthor>(
    'hidden_authors',
    {
      user_id: 'author_id',
      space_id: 'space_id',
      from_id: digits('from_n'),
      until_id: digits('until_n'),
    },
    (turn, row) => !clearAuthor(turn, row),
  ),
  workList<HiddenThread>(
    'hidden_threads',
    { thread_id: 'thread_id', channel_id: 'channel_id' },
    isThreadCleared,
  ),
  workList<HiddenReactions>(
    'hidden_reactions',
    { message_id: 'message_id', emoji: 'emoji', until_n: digits('until_n') },
    ({ tx }, row) => !clearReactions(tx, row),
  ),
  workList<Reactor>(
    'hidden_reactors',
    { id: 'id', user_id: 'user_id', space_id: 'space_id', from_n: 'from_n', until_n: 'until_n' },
    clearReactor,
  ),
  workList<Clearing>(
    'clearings',
    { kind: 'kind', target_id: 'target_id', channel_id: 'channel_id' },
    isDone,
  ),
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
      return clearChannel(turn.tx, target_id);
    case 'answers': {
      const channel = channel_id === null ? null : channelOf(turn.app, channel_id);
      // Of a channel that is gone, its own clearing takes care. What is left after this slice was noted anew.
      if (channel !== null) loosenAnswers(turn, channel, target_id);
      return true;
    }
  }
}

function isThreadCleared(turn: Turn, { thread_id, channel_id }: HiddenThread): boolean {
  const channel = channelOf(turn.app, channel_id);
  return channel === null || !clearThread(turn, channel, thread_id);
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

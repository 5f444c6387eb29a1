// Works through the work lists, a slice in each turn; goes on with them after a restart.
import type { App, StateName, Turn } from '../../../app.ts';
import { matchHidden } from '../../../db/views.ts';
import { repeat } from '../../../lib/repeat.ts';
import { patience } from '../../../turn-queue.ts';
import { featuresOf, type Clearing, type WorkList } from '../../feature.ts';

/** Makes a work list of a table: works on the first row until `isDone`, then deletes that row. */
export function workList<Row>(
  table: string,
  columns: readonly (keyof Row & string)[],
  isDone: (turn: Turn, row: Row & { id: number }) => boolean,
): WorkList {
  // Read as text: as a number, an id of more than 53 bits would be rounded.
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

const clearings = workList<Clearing>(
  'clearings',
  ['kind', 'target_id', 'channel_id'],
  (turn, what) => {
    const found = featuresOf(turn.app).find(({ clears }) => clears && what.kind in clears);
    const clear = found?.clears?.[what.kind];
    if (clear === undefined) throw new Error(`no feature clears "${what.kind}"`);
    return clear(turn, what);
  },
);

/**
 * The work lists in order; a list whose work failed moves to the end. Lists of hidden rows come
 * first: as long as anything is hidden, reads cost more.
 */
const order: StateName<WorkList[]> = {
  create: (app) => [...featuresOf(app).flatMap(({ hides = [] }) => hides), clearings],
};

/** Does the next slice of the first list with work; false if there is none. */
export function clearSlice(turn: Turn): boolean {
  return turn.app.state(order).some((list) => list.clear(turn));
}

/** Moves the first row and its list to the end, so that work that fails does not block the rest. */
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

/** A slice takes some milliseconds. */
const costly = { ...patience, costly: true };

/** Starts to work through the lists, with pauses for other work; returns a function to stop it. */
export function startClearing(app: App): () => void {
  const failed = (error: unknown) =>
    app.log.error({ err: error }, 'clearing what was deleted failed; it is tried again');
  return repeat({
    clock: app.clock,
    interval_ms: 1_000,
    isEager: true,
    async work(isOver) {
      try {
        while (!isOver() && (await app.write(clearSlice, costly))) await Bun.sleep(1);
      } catch (error) {
        failed(error);
        if (!isOver()) await app.write(postpone);
      }
    },
    failed,
  });
}

// Clears what was deleted or hidden when it was large: a slice in each turn, taken up again at start.
import type { App, StateName, Turn } from '../../../app.ts';
import { matchHidden } from '../../../db/views.ts';
import { repeat } from '../../../lib/repeat.ts';
import { featuresOf, type Clearing, type WorkList } from '../../feature.ts';

/** A list of work, which is a table: its rows go one after the other, each when nothing is left of it. */
export function workList<Row>(
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
 * The lists in the order in which they are worked through: the one whose work failed last is the last.
 * What is hidden comes first: as long as there is any of it, reading costs more.
 */
const order: StateName<WorkList[]> = {
  create: (app) => [...featuresOf(app).flatMap(({ hides = [] }) => hides), clearings],
};

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

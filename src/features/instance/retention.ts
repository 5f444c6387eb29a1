// How long the event log reaches back: pruned in slices, by age and by size; and what it named goes after it.
import { changesSpace } from '../../access/load.ts';
import type { App, Turn } from '../../app.ts';
import { pruneLog } from '../../events/log.ts';
import { repeat } from '../../lib/repeat.ts';
import { classesInUse, deleteClass } from '../channels/queries.ts';

const every_ms = 60_000;
const slice = 1_000;
const classesEvery_ms = 3_600_000;
const classSlice = 200;

/**
 * Removes visibility classes that no channel has and the log names no more, of the next few above
 * `after`: channels for one conversation each would leave ever more of them. Answers where to go on.
 */
export function forgetClasses({ app, tx }: Turn, after: number): number | null {
  const classes = classesInUse(tx, after, classSlice);
  for (const { id, space_id, used } of classes) {
    if (used === 1) continue;
    deleteClass(tx, id);
    changesSpace(app, space_id);
  }
  return classes.length < classSlice ? null : (classes.at(-1)?.id ?? null);
}

/** Begins to prune; answers how to stop. */
export function startRetention(app: App): () => void {
  const { clock } = app;
  const { RESUME_HOURS, RESUME_MEGABYTES } = app.config;
  const limit_bytes = RESUME_MEGABYTES * 1024 * 1024;
  const failed = (error: unknown) =>
    app.log.error({ err: error }, 'pruning the event log failed; it is tried again');
  const pruning = repeat({
    clock,
    interval_ms: every_ms,
    async work(isOver) {
      let isMore = true;
      while (isMore && !isOver()) {
        const before_ms = clock.now() - RESUME_HOURS * 3_600_000;
        isMore = await app.write(({ tx }) => pruneLog(tx, before_ms, limit_bytes, slice));
        await Bun.sleep(5);
      }
    },
    failed,
  });
  const forgetting = repeat({
    clock,
    interval_ms: classesEvery_ms,
    async work(isOver) {
      let after: number | null = 0;
      while (after !== null && !isOver()) {
        const from: number = after;
        after = await app.write<number | null>((turn) => forgetClasses(turn, from));
        await Bun.sleep(5);
      }
    },
    failed,
  });
  return () => {
    pruning();
    forgetting();
  };
}

// How long the event log reaches back: pruned in slices, by age and by size.
import type { App } from '../../app.ts';
import { pruneLog } from '../../events/log.ts';

const every_ms = 60_000;
const slice = 1_000;

/** Begins to prune; answers how to stop. */
export function startRetention(app: App): () => void {
  let busy = false;
  let ended = false;
  const { RESUME_HOURS, RESUME_MEGABYTES } = app.config;
  const work = async () => {
    if (busy) return;
    busy = true;
    try {
      for (;;) {
        const before_ms = app.clock.now() - RESUME_HOURS * 3_600_000;
        const limit_bytes = RESUME_MEGABYTES * 1024 * 1024;
        const isMore = await app.write(({ tx }) => pruneLog(tx, before_ms, limit_bytes, slice));
        if (ended || !isMore) break;
        await Bun.sleep(5);
      }
    } catch (error) {
      app.log.error({ err: error }, 'pruning the event log failed; it is tried again');
    } finally {
      busy = false;
    }
  };
  const cancel = app.clock.every(every_ms, () => void work());
  return () => {
    ended = true;
    cancel();
  };
}

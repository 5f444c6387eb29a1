// Adds messages to the search index: soon after they were sent, and before each search.
import type { App, Patience } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { repeat } from '../../../lib/repeat.ts';
import { anyWaiting, indexWaiting } from '../messages/search-index.ts';

const every_ms = 1_000;
const slice = 200;

/** A search waits no longer than this for a database that cannot be written. */
const brief = { wait_ms: 100, again: false };

/** Indexes all waiting messages, a slice in each turn. */
async function indexAll(app: App, isOver: () => boolean, patience?: Patience): Promise<void> {
  while (!isOver() && anyWaiting(app.db)) {
    await app.write(({ tx }) => indexWaiting(tx, slice), patience);
  }
}

/** Indexes before a search. If the database cannot be written, the newest messages are not found. */
export async function indexNow(app: App): Promise<void> {
  if (app.trouble() !== null) return;
  try {
    await indexAll(app, () => false, brief);
  } catch (error) {
    if (!(error instanceof ApiError && error.problem === 'unavailable')) throw error;
  }
}

/** Begins to keep the index up to date; returns a function that stops it. */
export function startIndexing(app: App): () => void {
  return repeat({
    clock: app.clock,
    interval_ms: every_ms,
    work: (isOver) => indexAll(app, isOver),
    failed: (error) => app.log.error({ err: error }, 'indexing messages failed; it is tried again'),
  });
}

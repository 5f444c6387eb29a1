// When messages are entered into the search index: soon after they were sent, and before anybody searches.
import type { App } from '../../../app.ts';
import { repeat } from '../../../lib/repeat.ts';
import { anyWaiting, indexWaiting } from '../messages/search-index.ts';

const every_ms = 1_000;
const slice = 200;

/** Enters everything that waits, a slice in each turn. */
export async function indexAll(app: App): Promise<void> {
  while (anyWaiting(app.db)) await app.write(({ tx }) => indexWaiting(tx, slice));
}

/** Begins to keep the index up to date; answers how to stop. */
export function startIndexing(app: App): () => void {
  return repeat({
    clock: app.clock,
    interval_ms: every_ms,
    work: () => indexAll(app),
    failed: (error) => app.log.error({ err: error }, 'indexing messages failed; it is tried again'),
  });
}
